using System.CommandLine;
using System.Text.Json;
using FlexCore.Application.Runs;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using ChangeState = FlexCore.Client.ChangeState;
using StateVersion = FlexCore.Client.StateVersion;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore state get|set|clear|history</c>.</summary>
internal static class StateCommands
{
    private static readonly Argument<string> Pipeline = new("PIPELINE") { Description = "The pipeline's name" };
    private static readonly Argument<string> Step = new("STEP") { Description = "The sync step" };
    private static readonly Argument<string?> AnyStep = new("STEP") { Description = "Only this step", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<long?> IfVersion = new("--if-version") { Description = "Only if the state is at this version; 0 is before the first", HelpName = "N" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for whoever reads the history", HelpName = "TEXT" };

    private static readonly JsonElement Nothing = JsonElement.Parse("null");

    public static Command Create() => new("state", "The bookmarks that targets have confirmed: where the next run goes on") { Get(), Set(), Clear(), History() };

    private static Command Get()
    {
        var version = Version("What was committed at this version of a step");
        return ApiCommand.Create("get", "The committed state of each sync step. Example: flexcore state get quickstart load --version 3", [Pipeline, AnyStep, version], async (api, parsed, cancellationToken) =>
        {
            var (pipeline, step) = (parsed.GetRequiredValue(Pipeline), parsed.GetValue(AnyStep));
            IReadOnlyDictionary<string, JsonElement> states;
            if (parsed.GetValue(version) is { } number)
            {
                if (step is null) throw Wrong("--version is one of a step: name the step");
                states = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [step] = (await api.GetStateVersionAsync(pipeline, step, number, cancellationToken)).Value ?? Nothing };
            }
            else
            {
                states = new OrderedDictionary<string, JsonElement>((await api.GetStatesAsync(pipeline, cancellationToken)).Where(state => step is null || state.Key == step));
                if (states.Count == 0) throw new FlexCoreException(GetState.Nothing(pipeline, step));
            }

            JsonOutput.Print(states, JsonOutput.Documents.IReadOnlyDictionaryStringJsonElement);
            return 0;
        });
    }

    private static Command Set()
    {
        var file = new Argument<string?>("FILE") { Description = "A JSON object, the value of a Singer STATE; `-` is standard input", Arity = ArgumentArity.ZeroOrOne };
        var version = Version("Go back to this version instead");

        // Not a data directory that must exist: what another program has bookmarked is brought here before the first run.
        return ApiCommand.Create(
            "set", "Say where the next run of a step goes on. Example: flexcore state set quickstart load --version 3 --reason 'rows were deleted'", [Pipeline, Step, file, version, IfVersion, Reason],
            async (api, parsed, cancellationToken) =>
            {
                var (pipeline, step) = (parsed.GetRequiredValue(Pipeline), parsed.GetRequiredValue(Step));
                var (path, number) = (parsed.GetValue(file), parsed.GetValue(version));
                if (path is null == number is null) throw Wrong("give either FILE (`-` for standard input) or --version");
                var request = new ChangeState(path is null ? null : await ReadAsync(path, cancellationToken), number, parsed.GetValue(Reason));
                var changed = await api.ChangeStateAsync(pipeline, step, request, parsed.GetValue(IfVersion), cancellationToken);
                if (changed.Version == 1) await Console.Error.WriteLineAsync($"warning: step {step} of pipeline {pipeline} had no state yet; see that both names are right");
                return Print(parsed, "set", [KeyValuePair.Create(step, changed)]);
            },
            ProjectLocation.OfCurrentFolder);
    }

    private static Command Clear() => ApiCommand.Create(
        "clear", "Remove the state of a step, or of all steps: the next run begins anew. Example: flexcore state clear quickstart load --reason 'the target was emptied'", [Pipeline, AnyStep, IfVersion, Reason],
        async (api, parsed, cancellationToken) =>
        {
            var (pipeline, step) = (parsed.GetRequiredValue(Pipeline), parsed.GetValue(AnyStep));
            if (step is null && parsed.GetValue(IfVersion) is not null) throw Wrong("--if-version is one of a step: name the step");
            string[] steps = step is not null ? [step] : [.. (await api.GetStatesAsync(pipeline, cancellationToken)).Keys];
            if (steps.Length == 0) throw new FlexCoreException(GetState.Nothing(pipeline, step));
            var cleared = new List<KeyValuePair<string, State>>();
            foreach (var each in steps) cleared.Add(KeyValuePair.Create(each, await api.ClearStateAsync(pipeline, each, parsed.GetValue(Reason), parsed.GetValue(IfVersion), cancellationToken)));
            return Print(parsed, "cleared", cleared);
        });

    private static Command History()
    {
        var limit = CommandLine.Limit(20);
        return ApiCommand.Create("history", "How the state of a step came to be what it is, newest first. Example: flexcore state history quickstart load", [Pipeline, Step, limit], async (api, parsed, cancellationToken) =>
        {
            var versions = await api.ListStateVersionsAsync(parsed.GetRequiredValue(Pipeline), parsed.GetRequiredValue(Step), parsed.GetValue(limit), cancellationToken).ToListAsync(cancellationToken);
            return ApiCommand.Print(parsed, versions, JsonOutput.Documents.IReadOnlyListStateVersion, list => TextTable.Print(["VERSION", "TIME", "WHO", "BY", "WHY"], list.Select(Row)));
        });
    }

    private static Option<long?> Version(string description) => new("--version") { Description = description, HelpName = "N" };

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));

    /// <summary>All there is, and one byte more than may be: enough to be refused as too large.</summary>
    private static async Task<JsonElement> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var read = new MemoryStream();
            var buffer = new byte[81920];
            int count;
            while (read.Length <= WrittenState.MostBytes && (count = await input.ReadAsync(buffer, cancellationToken)) > 0) read.Write(buffer, 0, count);
            var value = WrittenState.Read(read.ToArray(), path == "-" ? "standard input" : path);
            return value.IsSuccess ? value.Value : throw new FlexCoreException(value.Errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"{path} cannot be read: {e.Message}"), e);
        }
    }

    private static int Print(ParseResult parsed, string what, IReadOnlyList<KeyValuePair<string, State>> changed) =>
        ApiCommand.Print(parsed, new OrderedDictionary<string, State>(changed), JsonOutput.Documents.IReadOnlyDictionaryStringState, states =>
        {
            foreach (var (step, state) in states) Console.Out.WriteLine($"state of step {step} {what}: version {state.Version}");
        });

    private static IReadOnlyList<string> Row(StateVersion version) =>
        [version.Version.ToString(), Figures.Time(version.At), Printable.Escape(version.Actor), version.RunId is { } run ? $"run {run}" : "hand", Printable.Escape(Why(version))];

    private static string Why(StateVersion version) => version switch
    {
        { FromVersion: { } from } => $"back to version {from}{Because(version.Reason)}",
        { Change: "committed" } => "confirmed by the target",
        _ => $"{version.Change}{Because(version.Reason)}",
    };

    private static string Because(string? reason) => reason is null ? "" : $": {reason}";
}
