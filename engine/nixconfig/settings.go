package nixconfig

// This file reads the optional keys of components: how they are handled.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/internal/spell"
)

// settingsIn is the form of the keys of a resource.
type settingsIn struct {
	Lifecycle struct {
		PreventDestroy      bool       `json:"preventDestroy"`
		CreateBeforeDestroy bool       `json:"createBeforeDestroy"`
		IgnoreChanges       []string   `json:"ignoreChanges"`
		IgnoreDrift         []string   `json:"ignoreDrift"`
		ReplaceTriggeredBy  [][]string `json:"replaceTriggeredBy"`
	} `json:"lifecycle"`
	DependsOn       [][]string          `json:"dependsOn"`
	Timeouts        map[string]duration `json:"timeouts"`
	ReplaceOnChange []string            `json:"replaceOnChange"`
	Retry           struct {
		Attempts int      `json:"attempts"`
		Delay    duration `json:"delay"`
	} `json:"retry"`
}

// duration is a number of seconds, or text as Go writes durations.
type duration time.Duration

func (d *duration) UnmarshalJSON(text []byte) error {
	var seconds float64
	if json.Unmarshal(text, &seconds) == nil {
		*d = duration(seconds * float64(time.Second))
		return nil
	}
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(written)
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is not a duration such as 90s, 10m or 1h30m", written)
	}
	*d = duration(parsed)
	return nil
}

// settings reads the keys of a resource.
func settings(raw map[string]json.RawMessage) (engine.Settings, error) {
	if len(raw) == 0 {
		return engine.Settings{}, nil
	}
	var in settingsIn
	for key, dst := range map[string]any{
		"lifecycle": &in.Lifecycle, "dependsOn": &in.DependsOn, "timeouts": &in.Timeouts, "retry": &in.Retry, "replaceOnChange": &in.ReplaceOnChange,
	} {
		if raw[key] == nil {
			continue
		}
		if err := json.Unmarshal(raw[key], dst); err != nil {
			return engine.Settings{}, fmt.Errorf("%s: %w", key, err)
		}
	}
	s := engine.Settings{
		DependsOn:           resources(in.DependsOn),
		PreventDestroy:      in.Lifecycle.PreventDestroy,
		CreateBeforeDestroy: in.Lifecycle.CreateBeforeDestroy,
		IgnoreChanges:       places(in.Lifecycle.IgnoreChanges),
		IgnoreDrift:         places(in.Lifecycle.IgnoreDrift),
		ReplaceTriggeredBy:  resources(in.Lifecycle.ReplaceTriggeredBy),
		ReplaceOnChange:     in.ReplaceOnChange,
		Attempts:            in.Retry.Attempts,
		RetryDelay:          time.Duration(in.Retry.Delay),
	}
	for op, limit := range in.Timeouts {
		if s.Timeouts == nil {
			s.Timeouts = map[string]time.Duration{}
		}
		s.Timeouts[op] = time.Duration(limit)
	}
	return s, nil
}

func resources(paths [][]string) []addr.Path {
	var all []addr.Path
	for _, names := range paths {
		all = append(all, addr.Of(names...))
	}
	return all
}

// places reads "tags.owner" and "args.0".
func places(written []string) [][]string {
	var all [][]string
	for _, text := range written {
		all = append(all, place(text))
	}
	return all
}

func place(text string) []string {
	if path, err := addr.Parse(text); err == nil {
		return path.Names()
	}
	return strings.Split(text, ".") // list indices are no names
}

// formers reads movedFrom: a string starts from the composite around, a list of names from the root.
func formers(raw json.RawMessage) ([]engine.Former, error) {
	if raw == nil {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("movedFrom: %w", err)
	}
	var all []engine.Former
	for _, text := range list {
		var names []string
		if json.Unmarshal(text, &names) == nil && len(names) > 0 {
			all = append(all, engine.Former{Path: addr.Of(names...), Absolute: true})
			continue
		}
		var written string
		if err := json.Unmarshal(text, &written); err != nil {
			return nil, fmt.Errorf("movedFrom: %s is neither a path nor a list of names", text)
		}
		path, err := addr.Parse(written)
		if err != nil {
			return nil, fmt.Errorf("movedFrom: %w", err)
		}
		all = append(all, engine.Former{Path: path})
	}
	return all, nil
}

// sensitiveOutputs reads the names of outputs that are secrets. There are no others than those of the resource.
func sensitiveOutputs(raw json.RawMessage, outputs []string) ([]string, error) {
	if raw == nil {
		return nil, nil
	}
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		return nil, fmt.Errorf("sensitiveOutputs: %w", err)
	}
	for _, name := range names {
		if slices.Contains(outputs, name) {
			continue
		}
		text := fmt.Sprintf("sensitiveOutputs names %q, which is not one of its outputs", name)
		if hint := spell.Hint(name, outputs); hint != "" {
			text += ", " + hint
		}
		return nil, errors.New(text)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
