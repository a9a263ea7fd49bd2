using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs diff</c>.</summary>
internal static class RunsDiffCommand
{
    public static Command Create()
    {
        var one = new Argument<string>("RUN") { Description = "A run's id, the beginning or the end of it, or `latest`" };
        var other = new Argument<string>("OTHER") { Description = "Another run" };
        var command = new Command("diff", "In what two runs differ: definition, variables, plugins and what they were granted, and what came of each step. Example: flexcore runs diff 01a1fca2 latest") { one, other, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var compared = await session.AskAsync(new CompareRuns(parsed.GetRequiredValue(one), parsed.GetRequiredValue(other)), cancellationToken);
            if (!compared.IsSuccess) return new ErrorPrinter(json).Print(compared.Errors);
            if (json) JsonOutput.Print(Describe(compared.Value));
            else Print(compared.Value);
            return 0;
        });
        return command;
    }

    private static void Print(RunComparison runs)
    {
        var rows = runs.Differences.Select(difference => (string[])[Printable.Escape(difference.What), Printable.Escape(difference.One ?? "-"), Printable.Escape(difference.Other ?? "-")]);
        TextTable.Print(["", $"{runs.One.State.RunId}", $"{runs.Other.State.RunId}"], rows);
        foreach (var line in DefinitionDiff.Between(runs.OneDefinition, runs.OtherDefinition)) Console.Out.WriteLine(line);
    }

    private static JsonObject Describe(RunComparison runs) => new()
    {
        ["run_id"] = runs.One.State.RunId.ToString(),
        ["other_run_id"] = runs.Other.State.RunId.ToString(),
        ["differences"] = JsonOutput.Array(runs.Differences, difference => new JsonObject { ["what"] = difference.What, ["run"] = difference.One, ["other"] = difference.Other }),
        ["definition_diff"] = JsonOutput.Array(DefinitionDiff.Between(runs.OneDefinition, runs.OtherDefinition), line => line),
    };
}
