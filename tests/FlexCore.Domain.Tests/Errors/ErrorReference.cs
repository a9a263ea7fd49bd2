using System.Text;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Tests.Errors;

/// <summary>Renders <c>docs/reference/errors.md</c> from the registry.</summary>
internal static class ErrorReference
{
    private static readonly Dictionary<ErrorClass, string> Titles = new()
    {
        [ErrorClass.Input] = "what the user wrote",
        [ErrorClass.Plugin] = "plugins and their sandbox",
        [ErrorClass.Store] = "the event store and the data directory",
        [ErrorClass.Coordination] = "locks, leases and other nodes",
        [ErrorClass.External] = "systems outside FlexCore",
        [ErrorClass.Access] = "permissions",
        [ErrorClass.Integrity] = "history that does not verify",
        [ErrorClass.Bug] = "defects of FlexCore itself",
    };

    public static string Render()
    {
        var page = new StringBuilder(
            """
            # Error codes

            Made from the registry (`src/FlexCore.Domain/Errors`); a test keeps the two equal.

            An error is `FX` and four digits; the first digit is its class. The exit code is what a command ends with: 1 the run or the operation failed,
            2 bad usage or input and nothing was started, 3 this machine cannot do it, 4 an integrity violation, 130 cancelled. *Transient* errors may go away
            when the same thing is tried again. *Availability* says whether the error counts as FlexCore's own failure.

            """);
        foreach (var errorClass in ErrorCodes.All.GroupBy(code => code.Class))
        {
            page.Append($"\n## {(int)errorClass.Key}: {Titles[errorClass.Key]}\n\n");
            page.Append("| Code | Name | Exit code | Transient | Level | Meaning | Remedy | Availability |\n");
            page.Append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
            foreach (var code in errorClass)
            {
                page.Append($"| {code.Id} | {code.Name} | {code.ExitCode} | {YesNo(code.IsTransient)} | {code.Level.ToString().ToLowerInvariant()} ");
                page.Append($"| {Cell(code.Meaning)} | {Cell(code.Remedy)} | {YesNo(code.CountsAgainstAvailability)} |\n");
            }
        }

        return page.ToString();
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
