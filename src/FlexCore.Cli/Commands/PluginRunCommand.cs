using System.CommandLine;
using System.Text.Json;
using FlexCore.Application.Plugins;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore plugin run</c>.</summary>
internal static class PluginRunCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The plugin: a task of the project, or a registered one" };
    private static readonly Option<string?> Input = new("--input") { Description = "What it gets, as a JSON object", HelpName = "JSON" };
    private static readonly Option<string?> Config = new("--config") { Description = "The same from a file", HelpName = "FILE" };
    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Print its output and errors only" };

    public static Command Create()
    {
        var command = new Command("run", "Run a task plugin once, under its grants and on record, and print what it leaves. Example: flexcore plugin run count-lines --input '{\"file\": \"people.jsonl\"}'")
        {
            Name, Input, Config, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json, Quiet,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (json, quiet) = (parsed.GetValue(CommandLine.Json), parsed.GetValue(Quiet));
        using var signals = new Signals();
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
        await session.EventLog.StartSigningAsync(cancellationToken);
        Result<RunState> result;
        await using (var view = RunViews.Choose(silent: json || quiet, verbose: parsed.GetValue(CommandLine.Verbose)))
        {
            var request = new ExecutePlugin(parsed.GetRequiredValue(Name), JsonArgument.Read(parsed, Input, Config), Environment.CurrentDirectory, RunCommand.ReadGrantAll(parsed), new RunNewsWriter(view.Tell), signals.Stop);
            result = await session.AskAsync(request, cancellationToken);
        }

        if (!result.IsSuccess) return new ErrorPrinter(json).Print(result.Errors);
        var run = await new LocalApi(session).GetRunAsync(result.Value.RunId.ToString(), CancellationToken.None);
        var output = result.Value.Step(ExecutePlugin.Step).Output is { } left ? JsonOutput.Node(left) : null;
        if (json)
        {
            var document = JsonSerializer.SerializeToNode(run, JsonOutput.Documents.Run)!.AsObject();
            document["output"] = output;
            JsonOutput.Print(document);
        }
        else
        {
            RunSummaryPrinter.Print(run, quiet: true);
            if (output is not null) JsonOutput.Print(output);
        }

        return RunCommand.ExitCodeOf(run);
    }
}
