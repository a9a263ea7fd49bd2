using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Access;

/// <summary>The pipelines that an access token is for.</summary>
/// <param name="Patterns">Names of them, in which <c>*</c> stands for any characters, also none; one of them must fit.</param>
public sealed record PipelineScope(IReadOnlyList<string> Patterns)
{
    /// <summary>At most so many patterns.</summary>
    public const int MostPatterns = 20;

    private const int LongestPattern = 63;

    /// <summary>Why it cannot be one; null when it can.</summary>
    public Error? Refuse()
    {
        if (Patterns.Count is 0 or > MostPatterns) return new Error(ErrorCodes.UsageInvalid, $"a token is for 1 to {MostPatterns} names or patterns of pipelines, and here are {Patterns.Count}", SpecificRemedy: "Leave the pipelines out for a token that is for all.");
        return Patterns.FirstOrDefault(pattern => !IsPattern(pattern)) is { } wrong
            ? new Error(ErrorCodes.UsageInvalid, $"'{Printable.Escape(wrong)}' is no pattern of names of pipelines: it must be 1 to {LongestPattern} of a-z, 0-9, '-' and '*', such as shop-*")
            : null;
    }

    /// <summary>Whether a pipeline is among them; what is no name of a pipeline is not.</summary>
    public bool Covers(string pipeline) => Names.IsValid(pipeline) && Patterns.Any(pattern => Fits(pattern, pipeline));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Patterns);

    private static bool IsPattern(string text) =>
        text.Length is > 0 and <= LongestPattern && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '*');

    // Only the last star that was met need ever take more: what the ones before it took is as good as anything.
    private static bool Fits(string pattern, string name)
    {
        var (at, star, taken) = (0, -1, 0);
        for (var place = 0; place < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*') (star, taken, at) = (at, place, at + 1);
            else if (at < pattern.Length && pattern[at] == name[place]) (at, place) = (at + 1, place + 1);
            else if (star >= 0) (at, taken, place) = (star + 1, taken + 1, taken + 1);
            else return false;
        }

        return pattern.AsSpan(at).Trim('*').IsEmpty;
    }
}
