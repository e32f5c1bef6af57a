package dev.outrider.proxy.cli;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// `outrider completion`: a script for bash and zsh, as in `source <(outrider completion)`.
final class CompletionCommand {
  private CompletionCommand() {}

  static CommandSpec spec() {
    var completion =
        CommandSpec.create().addOption(Flags.flag("Print this help and exit", "-h", "--help"));
    completion
        .usageMessage()
        .description("Prints a completion script for bash and zsh: source <(outrider completion)");
    return completion;
  }

  static int run(CommandLine program, PrintStream out) {
    out.print(AutoComplete.bash("outrider", program));
    return Main.OK;
  }
}
