using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs diff</c>.</summary>
internal static class RunsDiffCommand
{
    public static Command Create()
    {
        var one = new Argument<string>("RUN") { Description = "A run's id, the beginning or the end of it, or `latest`" };
        var other = new Argument<string>("OTHER") { Description = "Another run" };
        return ApiCommand.Create(
            "diff", "In what two runs differ: definition, variables, plugins and what they were granted, and what came of each step. Example: flexcore runs diff 01a1fca2 latest", [one, other],
            async (api, parsed, cancellationToken) => ApiCommand.Print(
                parsed, await api.CompareRunsAsync(parsed.GetRequiredValue(one), parsed.GetRequiredValue(other), cancellationToken), JsonOutput.Documents.RunComparison, Print));
    }

    private static void Print(RunComparison runs)
    {
        var rows = runs.Differences.Select(difference => (string[])[Printable.Escape(difference.What), Printable.Escape(difference.Run ?? "-"), Printable.Escape(difference.Other ?? "-")]);
        TextTable.Print(["", $"{runs.RunId}", $"{runs.OtherRunId}"], rows);
        foreach (var line in runs.DefinitionDiff) Console.Out.WriteLine(line);
    }
}
