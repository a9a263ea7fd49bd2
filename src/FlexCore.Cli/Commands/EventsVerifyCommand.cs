using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events verify</c>.</summary>
internal static class EventsVerifyCommand
{
    public static Command Create()
    {
        var against = new Option<string[]>("--against") { Description = "A checkpoint that was kept elsewhere; may be given several times", HelpName = "FILE" };
        var key = new Option<string[]>("--key") { Description = "A public key to trust, instead of those that the log names; may be given several times", HelpName = "FILE" };
        var sinceLast = new Option<bool>("--since-last") { Description = "Only what came after the checkpoint up to which the log was verified last" };
        var command = new Command("verify", "Recompute the history and name every change. Example: flexcore events verify --against checkpoint-of-may.txt --key log.pub.pem")
        {
            against, key, sinceLast, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var report = await session.EventLog.VerifyAsync(
                parsed.GetValue(against) ?? [], parsed.GetValue(key) ?? [], parsed.GetValue(sinceLast), Console.IsErrorRedirected ? null : new ProgressLine(), cancellationToken);
            if (json) JsonOutput.Print(Describe(report));
            else Print(report, keysAreGiven: parsed.GetValue(key) is { Length: > 0 });
            return report.IsIntact ? 0 : ErrorCodes.HistoryViolated.ExitCode;
        });
        return command;
    }

    private static JsonObject Describe(VerificationReport report) => new()
    {
        ["ok"] = report.IsIntact,
        ["events"] = report.Events,
        ["streams"] = report.Streams,
        ["checkpoints"] = report.Checkpoints,
        ["head_position"] = report.LastPosition,
        ["after_position"] = report.AfterPosition,
        ["sealed"] = report.TreeSize,
        ["root"] = report.Root.ToString(),
        ["signatures_verified"] = report.SignaturesVerified,
        ["violation_count"] = report.ViolationCount,
        ["violations"] = JsonOutput.Array(report.Violations, violation => new JsonObject
        {
            ["kind"] = Name(violation.Kind),
            ["position"] = violation.Position,
            ["stream"] = violation.StreamId,
            ["message"] = violation.Message,
        }),
    };

    private static void Print(VerificationReport report, bool keysAreGiven)
    {
        foreach (var violation in report.Violations) Console.Out.WriteLine($"{Name(violation.Kind)} at {violation.Position}{(violation.StreamId is { } stream ? $" in {stream}" : "")}: {violation.Message}");
        if (report.ViolationCount > report.Violations.Count) Console.Out.WriteLine($"and {report.ViolationCount - report.Violations.Count} more");
        var begin = report.AfterPosition > 0 ? $", behind position {report.AfterPosition}" : "";
        Console.Out.WriteLine($"{Words.Count(report.Events, "event")} in {Words.Count(report.Streams, "stream")} recomputed{begin}; {Words.Count(report.Checkpoints, "checkpoint")} compared; root {report.Root}");
        if (report.Checkpoints > 0 && !report.SignaturesVerified) Console.Error.WriteLine("warning: no key is known, so no signature was verified. Give the public key with --key FILE.");
        else if (report.Checkpoints > 0 && !keysAreGiven) Console.Error.WriteLine("note: signatures were verified with the keys that the log itself names. With --key FILE, a key that you got before, nobody can have changed it.");
        if (report.IsIntact) Console.Out.WriteLine(report.LastPosition == 0 ? "there is no history: the log is empty" : "the history is intact");
        else new ErrorPrinter(json: false).Print([new Error(ErrorCodes.HistoryViolated, $"the history was changed: {Words.Count(report.ViolationCount, "violation")}")]);
    }

    private static string Name(ViolationKind kind) => kind switch
    {
        ViolationKind.ReSigned => "re-signed",
        ViolationKind.CheckpointInconsistent => "checkpoint inconsistent",
        ViolationKind.TreeChanged => "tree changed",
        _ => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>One line on the terminal, written over.</summary>
    private sealed class ProgressLine : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) =>
            Console.Error.Write(value.Position < value.LastPosition ? $"\r{value.Position:N0} of {value.LastPosition:N0} events\u001b[K" : "\r\u001b[K");
    }
}
