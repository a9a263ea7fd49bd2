using FlexCore.Domain.Errors;

namespace FlexCore.Server.Console;

/// <summary>Errors for whoever sits in front of a page: what the registry says of them is for the command line, which they may never have seen.</summary>
internal static class Explained
{
    private const string Command = "`flexcore ";

    private static readonly Dictionary<ErrorCode, string?> Remedies = new()
    {
        [ErrorCodes.UsageInvalid] = null,
        [ErrorCodes.InvalidValue] = null,
        [ErrorCodes.UnknownReference] = null,
        [ErrorCodes.TokenRefused] = "Sign in again.",
        [ErrorCodes.NotFound] = "It may have gone since, or the address is not whole. Look for it in the lists of the menu.",
        [ErrorCodes.PipelineNotStartable] = "Activate it on its page.",
        [ErrorCodes.RunEnded] = "Its page says how it has ended, and runs it again.",
        [ErrorCodes.RunNotEnded] = "Wait for its end, or cancel it on its page.",
        [ErrorCodes.QueueFull] = "Runs and Nodes say why they wait. Cancel runs that nobody needs, or have more nodes started.",
        [ErrorCodes.PluginDisabled] = "The page of the plugin says who has disabled it, and lets admins enable it again.",
    };

    private static readonly Dictionary<ErrorCode, string> Headings = new()
    {
        [ErrorCodes.UsageInvalid] = "That cannot be done",
        [ErrorCodes.InvalidValue] = "That cannot be taken as it is written",
        [ErrorCodes.UnknownReference] = "That names something that does not exist",
        [ErrorCodes.NotFound] = "Not found",
    };

    /// <summary>What went wrong, in a word.</summary>
    public static string Heading(Error error) => Headings.GetValueOrDefault(error.Code) ?? error.Code.Meaning;

    /// <summary>What they can do about it; null where the message says it all.</summary>
    public static string? Remedy(Error error)
    {
        if (error.SpecificRemedy is { } special && !special.Contains(Command, StringComparison.Ordinal)) return special;
        return Remedies.TryGetValue(error.Code, out var ours) ? ours : error.Remedy;
    }
}
