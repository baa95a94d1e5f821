package fetch

// This file looks at local folders, and defines fetchClosure, which there is nothing behind here.

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"nixops4/eval"
)

// newestIn is when the newest file in a tree was changed, in seconds since 1970.
func newestIn(root string) (int64, error) {
	var newest int64
	err := filepath.WalkDir(root, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			newest = max(newest, info.ModTime().Unix())
		}
		return err
	})
	return newest, err
}

// fetchClosure checks its argument. There is no Nix store that a closure could be put into.
func (f *Fetcher) fetchClosure(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	a, err := m.ForceAttrs(v, "while evaluating the argument passed to builtins.fetchClosure")
	if err != nil {
		return eval.Value{}, err
	}
	given := map[string]string{}
	addressed := false
	for _, at := range m.Sorted(a) {
		why := "while evaluating the attribute '" + at.Name + "' passed to builtins.fetchClosure"
		switch at.Name {
		case "fromPath", "toPath":
			given[at.Name], err = closurePath(m, at, why)
		case "fromStore":
			given[at.Name], err = m.ForceStringNoContext(*at.Slot, why)
		case "inputAddressed":
			addressed, err = m.ForceBool(*at.Slot, why)
		default:
			err = eval.Errorf(eval.Other, "attribute '%s' isn't supported in call to 'fetchClosure'", at.Name)
		}
		if err != nil {
			return eval.Value{}, err
		}
	}
	return eval.Value{}, f.closure(given, addressed)
}

func closurePath(m *eval.Evaluator, at eval.Attr, why string) (string, *eval.Error) {
	text, err := treeText(m, *at.Slot, why)
	if err != nil || at.Name == "toPath" && text == "" {
		return text, err
	}
	if err := m.StoreDir().Parse(text); err != nil {
		return "", eval.Errorf(eval.Other, "path '%s' is not in the Nix store", text)
	}
	return text, nil
}

// closure says what is wrong with the arguments of fetchClosure, or at last that nothing can be fetched.
func (f *Fetcher) closure(given map[string]string, addressed bool) *eval.Error {
	for _, name := range []string{"fromPath", "fromStore"} {
		if given[name] == "" {
			return eval.Errorf(eval.Other, "attribute '%s' is missing in call to 'fetchClosure'", name)
		}
	}
	if _, ok := given["toPath"]; ok && addressed {
		return eval.Errorf(eval.Other, "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them")
	}
	from := given["fromStore"]
	scheme, rest, _ := strings.Cut(from, "://")
	if !slices.Contains([]string{"http", "https"}, scheme) {
		return eval.Errorf(eval.Other, "'fetchClosure' only supports http:// and https:// stores")
	}
	if strings.Contains(rest, "?") {
		return eval.Errorf(eval.Other, "'fetchClosure' does not support URL query parameters (in '%s')", from)
	}
	return eval.Errorf(eval.IOFailure, "cannot fetch '%s' from '%s' because there is no Nix store to put it into; install Nix and run `nix copy --from %[2]s %[1]s`",
		given["fromPath"], from)
}
