// Package draw makes charts as display lists: rectangles, lines, polygons, circles and texts on a canvas of known
// size, with one alternative in words. Pages emit a list as inline SVG (svg.go); a PDF writer can draw the same
// list with the same measures, because texts are measured with the widths of the typeface (measure.go).
//
// It knows levels, scores and scales as plain numbers, and no report. Colours are named, not given (ink.go): the
// style sheet or the writer decides what they look like on screen, on paper and in forced colours. Every mark lies
// on the canvas and no text overlaps another; a property test says so.
//
// Read list.go and ink.go first, then bar.go, scale.go, band.go, history.go, icon.go.
package draw
