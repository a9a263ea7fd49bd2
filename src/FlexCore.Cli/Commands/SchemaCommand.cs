using System.CommandLine;
using System.Reflection;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore schema FILE</c>.</summary>
internal static class SchemaCommand
{
    private static readonly string[] Files = ["pipeline", "plugin", "flexcore"];

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Of pipeline.yaml, plugin.yaml or flexcore.yaml", HelpName = string.Join('|', Files) };
        file.AcceptOnlyFromAmong(Files);
        var command = new Command("schema", "The JSON Schema of a file, by which editors check and complete it. Example: flexcore schema pipeline >pipeline.schema.json") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var schema = Assembly.GetExecutingAssembly().GetManifestResourceStream($"schema/{parsed.GetRequiredValue(file)}.schema.json")!;
            await using var output = Console.OpenStandardOutput();
            await schema.CopyToAsync(output, cancellationToken);
        });
        return command;
    }
}
