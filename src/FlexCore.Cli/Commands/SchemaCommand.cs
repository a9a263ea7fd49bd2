using System.CommandLine;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore schema FILE</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Of pipeline.yaml, plugin.yaml or flexcore.yaml", HelpName = string.Join('|', PublishedSchemas.Files) };
        file.AcceptOnlyFromAmong([.. PublishedSchemas.Files]);
        var command = new Command("schema", "The JSON Schema of a file, by which editors check and complete it. Example: flexcore schema pipeline >pipeline.schema.json") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var schema = PublishedSchemas.Open(parsed.GetRequiredValue(file));
            await using var output = Console.OpenStandardOutput();
            await schema.CopyToAsync(output, cancellationToken);
        });
        return command;
    }
}
