package metrics_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/metrics"
)

func TestMetricsTellHowLongRoutesTakeUntilTheyAreToldToStop(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New("v1")
	m.Request("GET /s/{state}", http.StatusOK, 3*time.Millisecond)
	m.Request("GET /s/{state}", http.StatusNotFound, time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Serve(ctx, listener, slog.New(slog.DiscardHandler)) }()
	address := "http://" + listener.Addr().String()
	response, err := http.Get(address + metrics.Path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`scorehouse_build_info{version="v1"} 1`,
		`scorehouse_request_seconds_bucket{route="GET /s/{state}",status="2xx",le="0.0025"} 0`,
		`scorehouse_request_seconds_bucket{route="GET /s/{state}",status="2xx",le="0.005"} 1`,
		`scorehouse_request_seconds_count{route="GET /s/{state}",status="4xx"} 1`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in:\n%s", want, body)
		}
	}
	if other, err := http.Get(address + "/"); err != nil || other.StatusCode != http.StatusNotFound {
		t.Errorf("another address: %v, %v", other, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
