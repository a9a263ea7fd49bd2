using System.CommandLine;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;
using CancelRun = FlexCore.Client.CancelRun;
using Run = FlexCore.Client.Run;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore run FILE</c>.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> FileArgument = new("FILE") { Description = "The pipeline file" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Run taps, maps and mappers, but no target and no task; no state moves" };
    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Print errors only" };

    private static readonly Option<bool> AllowUnconfined = new("--allow-unconfined") { Description = "Where plugins cannot be isolated, run them nevertheless, with what isolation there is; for this one run" };

    public static Option<bool> FullRefresh { get; } = new("--full-refresh") { Description = "Leave the committed state aside and begin anew" };

    public static Option<string[]> Set { get; } = new("--set") { Description = "Set a variable of the pipeline", HelpName = "k=v" };

    public static Option<string?> GrantOption { get; } = new("--grant") { Description = "`all` grants what plugins ask, for this one run", HelpName = "all" };

    public static Command Create()
    {
        var command = new Command("run", "Run a pipeline now, to its end. Example: flexcore run pipeline.yaml --set region=eu")
        {
            FileArgument, Set, GrantOption, FullRefresh, DryRun, AllowUnconfined, CommandLine.Data, CommandLine.Environment, CommandLine.Json, Quiet, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return command;
    }

    public static Dictionary<string, string> ReadSet(ParseResult parsed)
    {
        var set = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in parsed.GetValue(Set) ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--set {pair}: it must be NAME=VALUE"));
            set[pair[..equals]] = pair[(equals + 1)..];
        }

        return set;
    }

    public static bool ReadGrantAll(ParseResult parsed) => parsed.GetValue(GrantOption) switch
    {
        null => false,
        "all" => true,
        var other => throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--grant {other}: only `--grant all` is known")),
    };

    /// <summary>What a run that has ended tells the caller.</summary>
    public static int ExitCodeOf(Run run) => run.Status switch
    {
        "succeeded" => 0,
        "cancelled" => ErrorCodes.RunCancelled.ExitCode,
        _ => 1,
    };

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (file, json, quiet) = (parsed.GetRequiredValue(FileArgument), parsed.GetValue(CommandLine.Json), parsed.GetValue(Quiet));
        var command = new RunPipelineCommand(new PipelineRequest(file, ReadSet(parsed), ReadGrantAll(parsed)), parsed.GetValue(FullRefresh), parsed.GetValue(DryRun), AllowsUnconfined: parsed.GetValue(AllowUnconfined));
        if (!File.Exists(file)) return new ErrorPrinter(json).Print([new Error(ErrorCodes.FileUnreadable, $"there is no pipeline file {file}")]);
        if (ServerLocation.Read(parsed) is { } server) return await RunThereAsync(server, command, parsed, cancellationToken);

        using var signals = new Signals();
        await using var session = await Session.OpenAsync(ProjectLocation.OfPipeline(file, parsed), cancellationToken);
        await session.EventLog.StartSigningAsync(cancellationToken);
        Result<RunState> result;
        await using (var view = RunViews.Choose(silent: json || quiet, verbose: parsed.GetValue(CommandLine.Verbose)))
            result = await session.RunPipeline.HandleAsync(command, session.Told(new RunNewsWriter(view.Tell)), signals.Stop);
        if (!result.IsSuccess) return new ErrorPrinter(json).Print(result.Errors);

        var run = await new LocalApi(session).GetRunAsync(result.Value.RunId.ToString(), CancellationToken.None);
        return End(run, json, quiet);
    }

    /// <summary>Puts the pipeline on record at a server where it is new, has a node run it, and tells what happens there.</summary>
    private static async Task<int> RunThereAsync(ServerLocation server, RunPipelineCommand command, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (command.Pipeline.GrantAll || command.IsDryRun || command.AllowsUnconfined) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "--dry-run, --grant and --allow-unconfined are for runs on this machine"));
        var (json, quiet) = (parsed.GetValue(CommandLine.Json), parsed.GetValue(Quiet));
        using var signals = new Signals();
        using var connection = new ServerConnection(server);
        var api = connection.Client;
        var applied = await api.ApplyPipelinesAsync(new ApplyPipelines(PipelineFiles.Read([command.Pipeline.File], parsed), Activate: false), cancellationToken);
        var id = (await api.StartRunAsync(new StartRun(applied.Pipelines[0].Name, command.Pipeline.Set, command.FullRefresh), $"{Guid.CreateVersion7()}", cancellationToken)).RunId;
        await using (var view = RunViews.Choose(silent: json || quiet, verbose: parsed.GetValue(CommandLine.Verbose))) await FollowAsync(api, id, view, signals.Stop);
        return End(await api.GetRunAsync(id.ToString(), cancellationToken), json, quiet);
    }

    /// <summary>Tells what happens in a run at a server, to its end. Who wants to stop ends the run; who asks a second time leaves, and it ends without them.</summary>
    public static async Task FollowAsync(FlexCoreClient api, Guid run, IRunView view, StopSignal stop)
    {
        await using var cancelling = stop.Gently.UnsafeRegister(_ => _ = CancelAsync(api, run), null);
        await foreach (var news in api.FollowRunAsync(run, stop.AtOnce)) view.Tell(news);
    }

    private static async Task CancelAsync(FlexCoreClient api, Guid run)
    {
        try
        {
            await api.CancelRunAsync(run, new CancelRun("cancelled by hand"));
        }
        catch (FlexCoreException e)
        {
            foreach (var error in e.Errors.Where(error => error.Code != ErrorCodes.RunEnded)) await Console.Error.WriteLineAsync($"warning: the run was not asked to stop: {error.Message}");
        }
    }

    private static int End(Run run, bool json, bool quiet)
    {
        if (json) JsonOutput.Print(run, JsonOutput.Documents.Run);
        else RunSummaryPrinter.Print(run, quiet);
        return ExitCodeOf(run);
    }
}
