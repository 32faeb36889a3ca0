package main

import (
	"fmt"
	"path/filepath"

	"scorehouse/internal/web/gallery"
)

type devCommand struct {
	Gallery devGalleryCommand `cmd:"" help:"Render every page and chart with awkward sample data, without a database."`
}

type devGalleryCommand struct {
	Out string `help:"Directory to write to; made when missing." default:"gallery" placeholder:"DIR"`
}

// Run writes the gallery.
func (c devGalleryCommand) Run(a *app) error {
	if err := gallery.Write(c.Out); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "open %s\n", filepath.Join(c.Out, "index.html"))
	return nil
}
