using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events verify</c>.</summary>
internal static class EventsVerifyCommand
{
    public static Command Create()
    {
        var against = new Option<string[]>("--against") { Description = "A checkpoint that was kept elsewhere; may be given several times", HelpName = "FILE" };
        var key = new Option<string[]>("--key") { Description = "A public key to trust, instead of those that the log names; may be given several times", HelpName = "FILE" };
        var sinceLast = new Option<bool>("--since-last") { Description = "Only what came after the checkpoint up to which the log was verified last" };
        return ApiCommand.Create(
            "verify", "Recompute the history and name every change. Example: flexcore events verify --against checkpoint-of-may.txt --key log.pub.pem", [against, key, sinceLast], async (api, parsed, cancellationToken) =>
            {
                var (kept, trusted) = (parsed.GetValue(against) ?? [], parsed.GetValue(key) ?? []);
                var request = new VerifyEvents([.. kept.Select(EvidenceFiles.ReadCheckpoint)], [.. trusted.Select(EvidenceFiles.ReadKey)], parsed.GetValue(sinceLast));
                var found = await api.VerifyEventsAsync(request, Console.IsErrorRedirected ? null : new ProgressLine(), cancellationToken);
                ApiCommand.Print(parsed, found, JsonOutput.Documents.Verification, each => Print(each, keysAreGiven: trusted.Length > 0));
                return found.Ok ? 0 : ErrorCodes.HistoryViolated.ExitCode;
            });
    }

    private static void Print(Verification report, bool keysAreGiven)
    {
        foreach (var violation in report.Violations) Console.Out.WriteLine($"{violation.Kind} at {violation.Position}{(violation.Stream is { } stream ? $" in {stream}" : "")}: {violation.Message}");
        if (report.ViolationCount > report.Violations.Count) Console.Out.WriteLine($"and {report.ViolationCount - report.Violations.Count} more");
        var begin = report.AfterPosition > 0 ? $", behind position {report.AfterPosition}" : "";
        Console.Out.WriteLine($"{Figures.Count(report.Events, "event")} in {Figures.Count(report.Streams, "stream")} recomputed{begin}; {Figures.Count(report.Checkpoints, "checkpoint")} compared; root {report.Root}");
        if (report.Checkpoints > 0 && !report.SignaturesVerified) Console.Error.WriteLine("warning: no key is known, so no signature was verified. Give the public key with --key FILE.");
        else if (report.Checkpoints > 0 && !keysAreGiven) Console.Error.WriteLine("note: signatures were verified with the keys that the log itself names. With --key FILE, a key that you got before, nobody can have changed it.");
        if (report.Ok) Console.Out.WriteLine(report.HeadPosition == 0 ? "there is no history: the log is empty" : "the history is intact");
        else new ErrorPrinter(json: false).Print([new Error(ErrorCodes.HistoryViolated, $"the history was changed: {Figures.Count(report.ViolationCount, "violation")}")]);
    }

    /// <summary>One line on the terminal, written over.</summary>
    private sealed class ProgressLine : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) =>
            Console.Error.Write(value.Position < value.LastPosition ? $"\r{value.Position:N0} of {value.LastPosition:N0} events\u001b[K" : "\r\u001b[K");
    }
}
