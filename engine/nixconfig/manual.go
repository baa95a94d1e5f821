package nixconfig

// This file asks for the documentation of options and providers.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/eval/worker"
	"nixops4/internal/spell"
)

// ComponentManual is the documentation of a component.
type ComponentManual struct {
	Options []OptionManual `json:"options"`
}

// OptionManual is the documentation of an option.
type OptionManual struct {
	Name         string      `json:"name"` // as it is written in the component
	Loc          []string    `json:"loc"`  // the same in parts
	Type         string      `json:"type"`
	Description  *string     `json:"description"` // Markdown; nil when there is none
	Default      *Expression `json:"default,omitempty"`
	Example      *Expression `json:"example,omitempty"`
	ReadOnly     bool        `json:"readOnly"`
	Declarations []string    `json:"declarations"` // files
}

// Expression is a Nix expression, or a text about one in Markdown.
type Expression struct {
	Expression string `json:"expression,omitempty"`
	Markdown   string `json:"markdown,omitempty"`
}

// ProviderManual is the documentation of a provider. What is nil, the provider does not say.
type ProviderManual struct {
	ID            string               `json:"id"` // its name in the option providers
	Name          *string              `json:"name"`
	Description   *string              `json:"description"` // Markdown
	Executable    *string              `json:"executable"`
	SourceName    *string              `json:"sourceName"`
	SourceBaseURL *string              `json:"sourceBaseUrl"`
	ResourceTypes []ResourceTypeManual `json:"resourceTypes"`
}

// ResourceTypeManual is the documentation of a resource type.
type ResourceTypeManual struct {
	Name         string         `json:"name"` // in the module argument providers
	Type         string         `json:"type"` // what the provider calls it
	Description  *string        `json:"description"`
	RequireState *bool          `json:"requireState"`
	Inputs       []OptionManual `json:"inputs"`
	Outputs      []OptionManual `json:"outputs"`
}

// NoProviderError says that a component has no provider with a name.
type NoProviderError struct {
	Name  string
	Names []string // those it has
}

// Error returns one line, with the nearest name when there is one.
func (e *NoProviderError) Error() string {
	text := fmt.Sprintf("the root has no provider %q", e.Name)
	if hint := spell.Hint(e.Name, e.Names); hint != "" {
		return text + ", " + hint
	}
	if len(e.Names) == 0 {
		return text + ", it has none"
	}
	return text + ", it has " + strings.Join(e.Names, ", ")
}

// ComponentManual documents the options of the component at path.
func (c *Config) ComponentManual(ctx context.Context, path addr.Path) (*ComponentManual, error) {
	var manual ComponentManual
	return &manual, c.manual(ctx, worker.ManualRequest{Path: path.Names()}, &manual)
}

// ProviderManual documents a provider of the root, by its name there. There may be no such provider: *[NoProviderError].
func (c *Config) ProviderManual(ctx context.Context, name string) (*ProviderManual, error) {
	var manual ProviderManual
	return &manual, c.manual(ctx, worker.ManualRequest{Path: []string{}, Provider: name}, &manual)
}

func (c *Config) manual(ctx context.Context, r worker.ManualRequest, manual any) error {
	result, err := c.client.Manual(ctx, r)
	var needs *worker.NeedsError
	switch {
	case errors.As(err, &needs):
		return &engine.NeedsError{What: subject(needs), Outputs: outputs(needs.Outputs)}
	case err != nil:
		return err
	case result.Missing != nil:
		return missing(addr.Of(r.Path...), result.Missing)
	case result.Text == nil:
		return &NoProviderError{Name: r.Provider, Names: result.Providers}
	}
	if err := json.Unmarshal(result.Text, manual); err != nil {
		return fmt.Errorf("reading the documentation: %w", err)
	}
	return nil
}
