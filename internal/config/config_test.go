package config_test

import (
	"strings"
	"testing"
	"time"

	"scorehouse/internal/config"
	"scorehouse/internal/fault"
)

type section struct {
	Listen string        `yaml:"listen" doc:"Address to listen on."`
	Quiet  time.Duration `yaml:"quiet_period" doc:"How long a file must rest."`
}

func (s section) Validate() error {
	if s.Listen == "" {
		return fault.New(fault.Invalid, "listen must be an address such as 127.0.0.1:2222")
	}
	return nil
}

type whole struct {
	Home    string  `yaml:"home" doc:"Directory of everything."`
	Landing section `yaml:"landing" doc:"The landing zone."`
}

func TestLoadKeepsDefaultsForAbsentKeys(t *testing.T) {
	cfg := whole{Landing: section{Listen: "default", Quiet: 2 * time.Second}}
	if err := config.Parse("x.yaml", []byte("home: /srv\nlanding: {quiet_period: 5s}\n"), &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.Home != "/srv" || cfg.Landing.Listen != "default" || cfg.Landing.Quiet != 5*time.Second {
		t.Errorf("got %+v", cfg)
	}
}

func TestUnknownKeysStopTheStart(t *testing.T) {
	var cfg whole
	err := config.Parse("x.yaml", []byte("home: /srv\nlandng: {}\n"), &cfg)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "landng") {
		t.Errorf("got %v, want an Invalid fault that names the key", err)
	}
}

func TestAFailedValidationNamesTheSection(t *testing.T) {
	err := config.Parse("x.yaml", []byte("home: /srv\n"), &whole{})
	if err == nil || !strings.Contains(err.Error(), "landing: listen must be") {
		t.Errorf("got %v", err)
	}
}

func TestDescribePrintsAFileThatLoads(t *testing.T) {
	cfg := whole{Home: "/srv/scorehouse", Landing: section{Listen: "127.0.0.1:2222", Quiet: 2 * time.Second}}
	var text strings.Builder
	if err := config.Describe(&text, cfg); err != nil {
		t.Fatal(err)
	}
	var again whole
	if err := config.Parse("x.yaml", []byte(text.String()), &again); err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	if again != cfg {
		t.Errorf("got %+v, want %+v", again, cfg)
	}
	if !strings.Contains(text.String(), "  # How long a file must rest.\n  quiet_period: 2s\n") {
		t.Errorf("comment missing in\n%s", text.String())
	}
}
