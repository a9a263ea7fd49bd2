using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore state get|set|clear|history</c>.</summary>
internal static class StateCommands
{
    private static readonly Argument<string> Pipeline = new("PIPELINE") { Description = "The pipeline's name" };
    private static readonly Argument<string> Step = new("STEP") { Description = "The sync step" };
    private static readonly Argument<string?> AnyStep = new("STEP") { Description = "Only this step", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<long?> IfVersion = new("--if-version") { Description = "Only if the state is at this version; 0 is before the first", HelpName = "N" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for whoever reads the history", HelpName = "TEXT" };

    public static Command Create() => new("state", "The bookmarks that targets have confirmed: where the next run goes on") { Get(), Set(), Clear(), History() };

    private static Command Get()
    {
        var version = Version("What was committed at this version of a step");
        var command = new Command("get", "The committed state of each sync step. Example: flexcore state get quickstart load --version 3") { Pipeline, AnyStep, version, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var (pipeline, step) = (parsed.GetRequiredValue(Pipeline), parsed.GetValue(AnyStep));
            if (parsed.GetValue(version) is { } number)
            {
                if (step is null) return Fail(parsed, new Error(ErrorCodes.UsageInvalid, "--version is one of a step: name the step"));
                var found = await session.GetState.FindVersionAsync(pipeline, step, number, cancellationToken);
                if (!found.IsSuccess) return Fail(parsed, [.. found.Errors]);
                JsonOutput.Print(new JsonObject { [step] = Node(found.Value.State.Value) });
                return 0;
            }

            var states = (await session.GetState.ListAsync(pipeline, cancellationToken)).Where(state => step is null || state.Key == step).ToList();
            if (states.Count == 0) return Fail(parsed, GetState.Nothing(pipeline, step));
            JsonOutput.Print(new JsonObject(states.Select(state => KeyValuePair.Create(state.Key, Node(state.Value)))));
            return 0;
        });
        return command;
    }

    private static Command Set()
    {
        var file = new Argument<string?>("FILE") { Description = "A JSON object, the value of a Singer STATE; `-` is standard input", Arity = ArgumentArity.ZeroOrOne };
        var version = Version("Go back to this version instead");
        var command = new Command("set", "Say where the next run of a step goes on. Example: flexcore state set quickstart load --version 3 --reason 'rows were deleted'")
        {
            Pipeline, Step, file, version, IfVersion, Reason, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (pipeline, step, expected, reason) = (parsed.GetRequiredValue(Pipeline), parsed.GetRequiredValue(Step), parsed.GetValue(IfVersion), parsed.GetValue(Reason));
            var (path, number) = (parsed.GetValue(file), parsed.GetValue(version));
            if (path is null == number is null) return Fail(parsed, new Error(ErrorCodes.UsageInvalid, "give either FILE (`-` for standard input) or --version"));
            Result<JsonElement>? value = path is null ? null : WrittenState.Read(await ReadAsync(path, cancellationToken), path == "-" ? "standard input" : path);
            if (value is { IsSuccess: false }) return Fail(parsed, [.. value.Errors]);

            // Not one that must exist: what another program has bookmarked is brought here before the first run.
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            StateChange change = value is null ? new RevertState(pipeline, step, number!.Value, expected, reason) : new SetState(pipeline, step, value.Value, expected, reason);
            var changed = await SendAsync(session, change, cancellationToken);
            if (!changed.IsSuccess) return Fail(parsed, [.. changed.Errors]);
            if (changed.Value.Version == 1) await Console.Error.WriteLineAsync($"warning: step {step} of pipeline {pipeline} had no state yet; see that both names are right");
            PrintChanges(parsed, "set", [(step, changed.Value)]);
            return 0;
        });
        return command;
    }

    private static Command Clear()
    {
        var command = new Command("clear", "Remove the state of a step, or of all steps: the next run begins anew. Example: flexcore state clear quickstart load --reason 'the target was emptied'")
        {
            Pipeline, AnyStep, IfVersion, Reason, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var (pipeline, step) = (parsed.GetRequiredValue(Pipeline), parsed.GetValue(AnyStep));
            if (step is null && parsed.GetValue(IfVersion) is not null) return Fail(parsed, new Error(ErrorCodes.UsageInvalid, "--if-version is one of a step: name the step"));
            string[] steps = step is not null ? [step] : [.. (await session.GetState.ListAsync(pipeline, cancellationToken)).Keys];
            if (steps.Length == 0) return Fail(parsed, GetState.Nothing(pipeline, step));
            var cleared = new List<(string, CommittedState)>();
            foreach (var each in steps)
            {
                var changed = await SendAsync(session, new ClearState(pipeline, each, parsed.GetValue(IfVersion), parsed.GetValue(Reason)), cancellationToken);
                if (!changed.IsSuccess) return Fail(parsed, [.. changed.Errors]);
                cleared.Add((each, changed.Value));
            }

            PrintChanges(parsed, "cleared", cleared);
            return 0;
        });
        return command;
    }

    private static Command History()
    {
        var limit = CommandLine.Limit(20);
        var command = new Command("history", "How the state of a step came to be what it is, newest first. Example: flexcore state history quickstart load") { Pipeline, Step, limit, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var found = await session.GetState.ListVersionsAsync(parsed.GetRequiredValue(Pipeline), parsed.GetRequiredValue(Step), cancellationToken);
            if (!found.IsSuccess) return Fail(parsed, [.. found.Errors]);
            var shown = found.Value.Reverse().Take(parsed.GetValue(limit));
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(shown, Describe));
            else TextTable.Print(["VERSION", "TIME", "WHO", "BY", "WHY"], shown.Select(Row));
            return 0;
        });
        return command;
    }

    private static Option<long?> Version(string description) => new("--version") { Description = description, HelpName = "N" };

    private static Task<Result<CommittedState>> SendAsync(Session session, StateChange change, CancellationToken cancellationToken) => session.Bus.SendAsync(change, Session.Caller, cancellationToken);

    private static async Task<Session> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);

    private static int Fail(ParseResult parsed, params IReadOnlyList<Error> errors) => new ErrorPrinter(parsed.GetValue(CommandLine.Json)).Print(errors);

    /// <summary>All there is, and one byte more than may be: enough to be refused as too large.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var read = new MemoryStream();
            var buffer = new byte[81920];
            int count;
            while (read.Length <= WrittenState.MostBytes && (count = await input.ReadAsync(buffer, cancellationToken)) > 0) read.Write(buffer, 0, count);
            return read.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"{path} cannot be read: {e.Message}"), e);
        }
    }

    private static void PrintChanges(ParseResult parsed, string what, IReadOnlyList<(string Step, CommittedState State)> changed)
    {
        if (parsed.GetValue(CommandLine.Json))
        {
            JsonOutput.Print(new JsonObject(changed.Select(change => KeyValuePair.Create<string, JsonNode?>(change.Step, new JsonObject { ["version"] = change.State.Version, ["value"] = Node(change.State.Value) }))));
            return;
        }

        foreach (var (step, state) in changed) Console.Out.WriteLine($"state of step {step} {what}: version {state.Version}");
    }

    private static IReadOnlyList<string> Row(StateVersion version) =>
        [version.State.Version.ToString(), Words.Time(version.At), Printable.Escape(version.Actor), version.State.RunId is { } run ? $"run {run}" : "hand", Printable.Escape(Why(version.Event))];

    private static string Why(IDomainEvent @event) => @event switch
    {
        StateSet { FromVersion: { } from } set => $"back to version {from}{Because(set.Reason)}",
        StateSet set => $"set{Because(set.Reason)}",
        StateCleared cleared => $"cleared{Because(cleared.Reason)}",
        _ => "confirmed by the target",
    };

    private static string Because(string? reason) => reason is null ? "" : $": {reason}";

    private static JsonObject Describe(StateVersion version) => new()
    {
        ["version"] = version.State.Version,
        ["at"] = version.At.ToString("O"),
        ["actor"] = version.Actor,
        ["change"] = version.Event switch { StateSet => "set", StateCleared => "cleared", _ => "committed" },
        ["run_id"] = version.State.RunId?.ToString(),
        ["from_version"] = (version.Event as StateSet)?.FromVersion,
        ["reason"] = (version.Event as StateSet)?.Reason ?? (version.Event as StateCleared)?.Reason,
    };

    private static JsonNode? Node(JsonElement? value) => value is { } found ? JsonOutput.Node(found) : null;
}
