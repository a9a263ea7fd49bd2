namespace FlexCore.Sandbox.Tests;

public sealed class SandboxProcessTests
{
    [Fact]
    public async Task Program_that_reads_its_input_and_writes_gives_its_output_and_exit_code()
    {
        await using var host = new SandboxHost(new SandboxHostOptions(), TimeProvider.System);

        var result = await host.RunAsync(Plugin.Python("import sys; print(sys.stdin.read().upper()); print('note', file=sys.stderr); sys.exit(7)"), "hello");

        result.Error.ShouldBe("note\n");
        result.Output.ShouldBe("HELLO\n");
        result.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Exit.ExitCode.ShouldBe(7);
    }
}
