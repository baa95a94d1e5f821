package main

// This file is the verb completion.

import (
	"fmt"

	"github.com/spf13/cobra"
)

const completionLong = `Print a script that makes your shell complete commands, flags and the paths of components.

  bash:  source <(nixops4 completion bash)
  zsh:   source <(nixops4 completion zsh)
  fish:  nixops4 completion fish | source

Put the line into your shell's start file to keep it.`

func newCompletionCommand(a *app) *cobra.Command {
	shells := []string{"bash", "fish", "zsh"}
	return &cobra.Command{
		Use:               "completion bash|fish|zsh",
		Short:             "Print a completion script for your shell",
		Long:              completionLong,
		GroupID:           groupOther,
		Args:              exactArgs(1, "shell name"),
		ValidArgsFunction: cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				fmt.Fprint(a.ui.stdout, bashFallback)
				return root.GenBashCompletionV2(a.ui.stdout, true)
			case "fish":
				return root.GenFishCompletion(a.ui.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.ui.stdout)
			}
			return unknownName(cmd, "shell", args[0], shells)
		},
	}
}

// bashFallback is what the script needs of the package bash-completion, for systems without it.
const bashFallback = `# bash completion needs these two functions of the package bash-completion
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=${COMP_WORDS[COMP_CWORD]}
        prev=${COMP_WORDS[COMP_CWORD-1]}
    }
    __ltrim_colon_completions() { :; }
fi

`
