package script

// This file tests that functions on the deployment end when the operation is cancelled.

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nixops4/engine/addr"
)

// A slowDeployment has one resource, and does everything else until it is cancelled.
type slowDeployment struct{}

func (slowDeployment) wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (slowDeployment) Resource(_ context.Context, path addr.Path) (*Resource, error) {
	return &Resource{Path: path, Type: "memo"}, nil
}

func (slowDeployment) Resources(context.Context) ([]addr.Path, error) {
	return []addr.Path{addr.Of("a")}, nil
}

func (d slowDeployment) Inputs(ctx context.Context, _ addr.Path) (map[string]json.RawMessage, [][]string, error) {
	return nil, nil, d.wait(ctx)
}

func (d slowDeployment) Events(ctx context.Context, _ addr.Path) ([]Event, error) {
	return nil, d.wait(ctx)
}

func (d slowDeployment) Eval(ctx context.Context, _ string) (json.RawMessage, [][]string, error) {
	return nil, nil, d.wait(ctx)
}

func (d slowDeployment) Call(ctx context.Context, _ addr.Path, _ string, _ map[string]json.RawMessage) (json.RawMessage, error) {
	return nil, d.wait(ctx)
}

func (d slowDeployment) Plan(ctx context.Context, _ []addr.Path, _ bool) ([]Change, error) {
	return nil, d.wait(ctx)
}

func (d slowDeployment) Apply(ctx context.Context, _, _ []addr.Path) ([]Change, error) {
	return nil, d.wait(ctx)
}

func (d slowDeployment) Read(ctx context.Context, _ []addr.Path) ([]Change, error) {
	return nil, d.wait(ctx)
}

func (d slowDeployment) Destroy(ctx context.Context, _ []addr.Path) ([]Change, error) {
	return nil, d.wait(ctx)
}

func TestCancelDeployment(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`ctx.apply("a")`, `ctx.replace("a")`, `ctx.read("a")`, `ctx.destroy("a")`, `ctx.call("a", "reset")`,
		`ctx.plan("a")`, `ctx.drift("a")`, `ctx.nix("1")`, `ctx.events("a")`, `ctx.resource("a").inputs`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.options.Deployment = slowDeployment{}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Millisecond, cancel)
			_, err := r.body(t, ctx, "ctx.defer(ctx.file.write, \"marker\", \"deferred\")\n"+body)
			if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "interrupted") {
				t.Errorf("got %v, want an interruption", err)
			}
			if text, err := os.ReadFile(filepath.Join(r.dir, "marker")); err != nil || string(text) != "deferred" {
				t.Errorf("the deferred function did not run: %v", err)
			}
		})
	}
}
