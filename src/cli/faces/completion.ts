// What completion is given, and its help.

import { faceOf } from "../terminal/face.ts";

export const shells = ["bash", "zsh", "fish"] as const;

export const completionFace = faceOf({
  name: "completion",
  summary: "Print completion for bash, zsh or fish",
  operands: { SHELL: "bash, zsh or fish" },
  title: "completion for the shell, on standard output",
  examples: [
    "source <(nova-pci completion bash)",
    'nova-pci completion zsh > "${fpath[1]}/_nova-pci"',
    "nova-pci completion fish > ~/.config/fish/completions/nova-pci.fish",
  ],
  about: "Commands, their options, and the words that an option may have.",
  options: {},
  exits: "0 written, 2 a shell that is not known",
});
