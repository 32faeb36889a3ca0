package settings

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	_ "image/jpeg" // as documents may have them
	_ "image/png"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Brand is how the state names itself on pages.
type Brand struct {
	Label string // beside the name of the product; "" is the name of the state
	Image Image
}

// Image is a picture at the head of pages. One without Data is none.
type Image struct {
	Kind          string // media type
	Data          []byte
	Width, Height int
}

// Limits of what pages carry.
const (
	LongestLabel = 50       // characters
	LargestImage = 64 << 10 // bytes
	widestImage  = 2000     // pixels, to either side
)

// imageKinds are the kinds of pictures that pages show: those that cannot do anything else.
var imageKinds = map[string]string{"png": "image/png", "jpeg": "image/jpeg"}

// ReadImage checks a picture.
func ReadImage(data []byte) (Image, string) {
	if len(data) > LargestImage {
		return Image{}, "the picture is larger than 64 kB"
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || imageKinds[format] == "" {
		return Image{}, "the picture is neither a PNG nor a JPEG file"
	}
	if c.Width > widestImage || c.Height > widestImage || c.Width < 1 || c.Height < 1 {
		return Image{}, "the picture is more than 2,000 pixels wide or high"
	}
	return Image{Kind: imageKinds[format], Data: data, Width: c.Width, Height: c.Height}, ""
}

// DataURI writes a picture as documents hold it.
func (i Image) DataURI() string {
	return "data:" + i.Kind + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
}

// brand reads the name and the picture.
func (s *Settings) brand(where string, text json.RawMessage) {
	if string(text) == "null" {
		return
	}
	var parts map[string]any
	if err := json.Unmarshal(text, &parts); err != nil {
		s.fail(where, "branding must be an object, such as {\"display\": \"State of Tamarack\"}")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		value, isText := parts[name].(string)
		switch {
		case parts[name] == nil || name == "higherEdLink": // the system before this one had a link
		case name != "display" && name != "image":
			s.warn(where, "branding: %q means nothing here", name)
		case !isText:
			s.fail(where, "branding: %s must be a text", name)
		case name == "display":
			s.label(where, value)
		case value != "":
			s.image(where, value)
		}
	}
}

func (s *Settings) label(where, label string) {
	label = strings.Join(strings.Fields(label), " ")
	switch n := utf8.RuneCountInString(label); {
	case strings.ContainsFunc(label, func(r rune) bool { return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r == utf8.RuneError }):
		s.fail(where, "branding: display has a control character")
	case n > LongestLabel:
		s.warn(where, "branding: display has %d characters; the first %d are shown", n, LongestLabel)
		s.Brand.Label = strings.TrimSpace(string([]rune(label)[:LongestLabel]))
	case n > 0:
		s.Brand.Label = label
	}
}

func (s *Settings) image(where, value string) {
	_, encoded, ok := strings.Cut(value, ";base64,")
	if !ok || !strings.HasPrefix(value, "data:image/") {
		s.fail(where, "branding: image is not data (data:image/png;base64,...); `scorehouse settings set --image FILE` puts a file in")
		return
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		s.fail(where, "branding: image is not base64")
		return
	}
	picture, wrong := ReadImage(data)
	if wrong != "" {
		s.fail(where, "branding: image: %s", wrong)
		return
	}
	s.Brand.Image = picture
}
