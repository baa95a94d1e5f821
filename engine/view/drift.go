package view

// This file shows drift to people.

import (
	"fmt"
	"io"
	"strings"
	"time"

	"nixops4/engine"
)

// Drift writes what differs from the record, a line for each resource and one for each attribute, and a summary line.
func Drift(out io.Writer, found []*engine.Drift, options PlanOptions) error {
	if options.Width <= 0 {
		options.Width = 100
	}
	v := &planView{options: options}
	drifted, ignored, unreadable := 0, 0, 0
	for _, d := range found {
		ignored += len(d.Ignored)
		switch {
		case d.Gone:
			drifted++
			v.text.WriteString(fmt.Sprintf("  %s%s  %s\n", paint(options.Color, red, "- gone      "), d.Path, paint(options.Color, dim, "it does not exist any more"+since(d))))
		case len(d.Changes) > 0:
			drifted++
			v.text.WriteString(fmt.Sprintf("  %s%s%s\n", paint(options.Color, yellow, "~ drifted   "), d.Path, paint(options.Color, dim, since(d))))
			for _, c := range d.Changes {
				v.change(c, clean(place(c.At)), false)
			}
		case d.Unreadable:
			unreadable++
			if options.Verbose {
				v.text.WriteString(fmt.Sprintf("  ? unknown   %s  its provider cannot read\n", d.Path))
			}
		case options.Verbose:
			v.text.WriteString(fmt.Sprintf("    as known  %s\n", d.Path))
		}
	}
	parts := []string{fmt.Sprintf("%d drifted", drifted), fmt.Sprintf("%d as recorded", len(found)-drifted-unreadable)}
	if unreadable > 0 {
		parts = append(parts, fmt.Sprintf("%d whose providers cannot read", unreadable))
	}
	if ignored > 0 {
		parts = append(parts, count(ignored, "expected difference"))
	}
	if v.text.Len() > 0 {
		v.text.WriteString("\n")
	}
	v.text.WriteString("drift: " + strings.Join(parts, ", ") + "\n")
	_, err := io.WriteString(out, v.text.String())
	return err
}

// since says how old the record is.
func since(d *engine.Drift) string {
	if d.Recorded.IsZero() {
		return ""
	}
	return "  (recorded " + d.Recorded.UTC().Format(time.RFC3339) + ")"
}
