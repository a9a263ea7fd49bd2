using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>Values as somebody else than FlexCore keeps them: they are checked when they are read.</summary>
internal static class SecretValue
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value, if it is one.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="text">What is there.</param>
    /// <param name="place">Where, for people.</param>
    public static Result<string> Check(string name, string text, string place) =>
        SecretRules.RefuseValue(text) is { } reason ? new Error(ErrorCodes.SecretUnusable, $"the value of secret {name}, {place}, {reason}") : text;

    /// <summary>The value in a file; the newline at its end, which editors add, is not part of it.</summary>
    /// <inheritdoc cref="Check"/>
    public static Result<string> Read(string name, ReadOnlySpan<byte> content, string place)
    {
        if (content.EndsWith("\n"u8)) content = content[..^1];
        try
        {
            return Check(name, Strict.GetString(content), place);
        }
        catch (DecoderFallbackException)
        {
            return new Error(ErrorCodes.SecretUnusable, $"the value of secret {name}, {place}, is not UTF-8");
        }
    }
}
