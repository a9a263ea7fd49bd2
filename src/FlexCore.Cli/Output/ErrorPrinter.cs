using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Output;

/// <summary>Tells errors: a line and a remedy for people, or a problem document (RFC 9457) for programs. Both to standard error.</summary>
internal sealed class ErrorPrinter(bool json)
{
    /// <summary>Prints all errors.</summary>
    /// <returns>The exit code.</returns>
    public int Print(IReadOnlyList<Error> errors, Exception? details = null)
    {
        if (json) Console.Error.WriteLine(Problem(errors).ToJsonString(JsonOutput.Options));
        else PrintLines(errors);
        if (details is not null) Console.Error.WriteLine(details);
        return errors.Max(error => error.Code.ExitCode);
    }

    private static void PrintLines(IReadOnlyList<Error> errors)
    {
        foreach (var (index, error) in errors.Index())
        {
            // Neighbours with the same remedy share it.
            Console.Error.WriteLine(error);
            if (index + 1 == errors.Count || errors[index + 1].Remedy != error.Remedy)
                Console.Error.WriteLine($"  → {error.Remedy.ReplaceLineEndings("\n    ")}");
        }
    }

    private static JsonObject Problem(IReadOnlyList<Error> errors)
    {
        var first = errors[0];
        return new JsonObject
        {
            ["type"] = $"urn:flexcore:error:{first.Code.Id}",
            ["title"] = first.Code.Meaning,
            ["code"] = first.Code.Id,
            ["detail"] = first.Message,
            ["remedy"] = first.Remedy,
            ["errors"] = new JsonArray([.. errors.Select(Describe)]),
        };
    }

    /// <summary>One error, for programs.</summary>
    public static JsonObject Describe(Error error) => new()
    {
        ["code"] = error.Code.Id,
        ["detail"] = error.Message,
        ["remedy"] = error.Remedy,
        ["file"] = error.Location?.File,
        ["line"] = error.Location?.Line,
        ["column"] = error.Location?.Column,
    };
}
