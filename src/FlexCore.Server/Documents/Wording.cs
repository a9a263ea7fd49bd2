using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Documents;

/// <summary>Names of values as documents write them.</summary>
public static class Wording
{
    /// <summary>With hyphens: <c>TooLong</c> is <c>too-long</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>The value of that name; null where none is given.</summary>
    /// <exception cref="FlexCoreException">There is no such value.</exception>
    public static T? Read<T>(string parameter, string? text)
        where T : struct, Enum
    {
        if (text is null) return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == text) return value;
        }

        throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, $"{parameter} must be one of {string.Join(", ", Enum.GetValues<T>().Select(Of))}"));
    }
}
