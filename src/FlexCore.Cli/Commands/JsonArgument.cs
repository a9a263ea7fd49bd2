using System.CommandLine;
using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary>JSON that a command takes as an option, or from a file that one names.</summary>
internal static class JsonArgument
{
    private const int MostInputBytes = 1024 * 1024;

    /// <summary>The object; an empty one where nothing is said.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="text">The option that is the JSON itself.</param>
    /// <param name="file">The option that names a file of it.</param>
    public static JsonElement Read(ParseResult parsed, Option<string?> text, Option<string?> file) => Read(parsed.GetValue(text), text.Name, parsed.GetValue(file), file.Name);

    /// <summary>The JSON in a file.</summary>
    public static JsonElement Read(string file) => Read(text: null, "", file, "FILE");

    private static JsonElement Read(string? text, string textName, string? file, string fileName)
    {
        if (text is not null && file is not null) throw Wrong($"say either {textName} JSON, or {fileName} FILE");
        try
        {
            return JsonElement.Parse(text ?? (file is null ? "{}" : ReadFile(file)));
        }
        catch (JsonException e)
        {
            throw Wrong($"{file ?? textName} is not JSON: {e.Message}");
        }
    }

    private static string ReadFile(string file)
    {
        try
        {
            return new FileInfo(file).Length <= MostInputBytes ? File.ReadAllText(file) : throw new FlexCoreException(new Error(ErrorCodes.FileTooLarge, $"{file} is larger than {MostInputBytes / 1024} KiB"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"{file} cannot be read: {e.Message}"), e);
        }
    }

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));
}
