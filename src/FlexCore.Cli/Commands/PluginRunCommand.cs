using System.CommandLine;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using ExecutePlugin = FlexCore.Application.Plugins.ExecutePlugin;
using Run = FlexCore.Client.Run;

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
            Name, Input, Config, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json, Quiet, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var signals = new Signals();
        return ServerLocation.Read(parsed) is { } server ? await RunThereAsync(parsed, server, signals.Stop) : await RunHereAsync(parsed, signals.Stop, cancellationToken);
    }

    private static async Task<int> RunHereAsync(ParseResult parsed, StopSignal stop, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
        await session.EventLog.StartSigningAsync(cancellationToken);
        Result<RunState> result;
        await using (var view = Watch(parsed))
        {
            var request = new ExecutePlugin(parsed.GetRequiredValue(Name), JsonArgument.Read(parsed, Input, Config), Environment.CurrentDirectory, RunCommand.ReadGrantAll(parsed), new RunNewsWriter(view.Tell), stop);
            result = await session.AskAsync(request, cancellationToken);
        }

        if (!result.IsSuccess) return new ErrorPrinter(parsed.GetValue(CommandLine.Json)).Print(result.Errors);
        return Print(parsed, await new LocalApi(session).GetRunAsync(result.Value.RunId.ToString(), CancellationToken.None));
    }

    private static async Task<int> RunThereAsync(ParseResult parsed, ServerLocation server, StopSignal stop)
    {
        if (RunCommand.ReadGrantAll(parsed)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "--grant is of this machine: at a server a plugin has its standing grants", SpecificRemedy: "An administrator grants with `flexcore plugin grant NAME --server URL`."));
        using var connection = new ServerConnection(server);
        var api = connection.Client;
        var run = (await api.ExecutePluginAsync(parsed.GetRequiredValue(Name), new Client.ExecutePlugin(JsonArgument.Read(parsed, Input, Config)), Guid.CreateVersion7().ToString(), stop.Gently)).RunId;
        await using (var view = Watch(parsed)) await FollowAsync(api, run, view, stop);
        return Print(parsed, await api.GetRunAsync(run.ToString(), stop.AtOnce));
    }

    /// <summary>To its end; whoever stops the command stops the run.</summary>
    private static async Task FollowAsync(FlexCoreClient api, Guid run, IRunView view, StopSignal stop)
    {
        try
        {
            await foreach (var news in api.FollowRunAsync(run, stop.Gently)) view.Tell(news);
        }
        catch (OperationCanceledException) when (stop.Gently.IsCancellationRequested)
        {
            await api.CancelRunAsync(run, new CancelRun("the command that had started it was stopped"), stop.AtOnce);
            await foreach (var news in api.FollowRunAsync(run, stop.AtOnce))
            {
                // All of it is told again from the beginning; only what follows is new.
                if (news is StepEnded) view.Tell(news);
            }
        }
    }

    private static IRunView Watch(ParseResult parsed) => RunViews.Choose(silent: parsed.GetValue(CommandLine.Json) || parsed.GetValue(Quiet), verbose: parsed.GetValue(CommandLine.Verbose));

    private static int Print(ParseResult parsed, Run run)
    {
        var output = run.Steps.FirstOrDefault(step => step.Id == ExecutePlugin.Step)?.Output is { } left ? JsonOutput.Node(left) : null;
        if (parsed.GetValue(CommandLine.Json))
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
