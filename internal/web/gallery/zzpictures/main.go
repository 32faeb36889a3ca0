// Command zzpictures is temporary.
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"scorehouse/internal/web/gallery"
)

// zzpictures DIR OUT name.lang:width[:p|f] ...
func main() {
	dir, out := os.Args[1], os.Args[2]
	if err := gallery.Write(dir); err != nil {
		panic(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium-headless-shell"), chromedp.NoSandbox, chromedp.Flag("force-color-profile", "srgb"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	for _, spec := range os.Args[3:] {
		parts := strings.Split(spec, ":")
		var width int64
		fmt.Sscan(parts[1], &width)
		media := emulation.SetEmulatedMediaParams{Media: "screen"}
		if len(parts) > 2 && parts[2] == "p" {
			media.Media = "print"
		}
		if len(parts) > 2 && parts[2] == "f" {
			media.Features = []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}
		}
		must := func(err error) {
			if err != nil {
				panic(err)
			}
		}
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media)
		must(err)
		_, err = chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
		must(err)
		must(chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"+parts[0]+".html")))
		over, err := chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
		must(err)
		if over > 0 {
			fmt.Println(spec, "overflow", over)
		}
		if len(parts) > 2 && parts[2] == "o" {
			continue
		}
		b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		must(err)
		must(os.WriteFile(out+"/"+strings.ReplaceAll(spec, ":", "-")+".png", b, 0o644))
	}
}
