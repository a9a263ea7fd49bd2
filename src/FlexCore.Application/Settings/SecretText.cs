using System.Text.RegularExpressions;

namespace FlexCore.Application.Settings;

/// <summary>A setting that may refer to secrets as <c>${secret.NAME}</c>. They are looked up when it is used, and never kept.</summary>
/// <param name="Written">As it was written.</param>
public sealed partial record SecretText(string Written)
{
    /// <summary>The secrets that it refers to.</summary>
    public IReadOnlyList<string> Secrets => [.. Reference().Matches(Written).Select(match => match.Groups["name"].Value).Distinct()];

    /// <summary>Whether it has a reference that is none to a secret.</summary>
    public bool IsMalformed => Reference().Replace(Written, "").Contains("${", StringComparison.Ordinal);

    /// <summary>With the secrets in it.</summary>
    /// <param name="values">Of all <see cref="Secrets"/>.</param>
    public string Complete(IReadOnlyDictionary<string, string> values) => Reference().Replace(Written, match => values[match.Groups["name"].Value]);

    [GeneratedRegex(@"\$\{secret\.(?<name>[a-z][a-z0-9_-]{0,62})\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
