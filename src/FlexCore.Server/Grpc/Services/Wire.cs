using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Server.Rest;
using Google.Protobuf.WellKnownTypes;

namespace FlexCore.Server.Grpc.Services;

/// <summary>Values as messages write them.</summary>
internal static class Wire
{
    /// <summary>The value of the same name in another enumeration; its first, which is unspecified, where there is none.</summary>
    public static TTo Named<TFrom, TTo>(TFrom value)
        where TFrom : struct, System.Enum
        where TTo : struct, System.Enum =>
        System.Enum.TryParse<TTo>(value.ToString(), out var named) ? named : default;

    /// <summary>A time; null where there is none.</summary>
    public static Timestamp? At(DateTimeOffset? time) => time is { } known ? Timestamp.FromDateTimeOffset(known) : null;

    /// <summary>A time of a request; null where there is none.</summary>
    /// <exception cref="FlexCoreException">It is none that there is.</exception>
    public static DateTimeOffset? Time(string field, Timestamp? time)
    {
        try
        {
            return time?.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"{field} must lie in the years 1 to 9999, with 0 to 999999999 nanoseconds");
        }
    }

    /// <summary>JSON as text.</summary>
    public static string Json(JsonElement value) => value.GetRawText();

    /// <summary>An id of a request.</summary>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public static Guid Id(string field, string text) => Guid.TryParse(text, out var id) ? id : throw Wrong($"{field} must be an id, such as 018f3c1e-7a00-7000-8000-000000000000");

    /// <summary>How many are wished for.</summary>
    /// <exception cref="FlexCoreException">So many cannot be had.</exception>
    public static int PageSize(int wished) => wished switch
    {
        0 => Paging.Usual,
        >= 1 and <= Paging.Most => wished,
        _ => throw Wrong($"page_size must be a number from 0 to {Paging.Most}"),
    };

    /// <summary>A number that may not be negative.</summary>
    /// <exception cref="FlexCoreException">It is.</exception>
    public static long Place(string field, long number) => number >= 0 ? number : throw Wrong($"{field} must not be negative");

    /// <summary>A part of what is there as a whole, by name.</summary>
    public static (IReadOnlyList<T> Items, string Next) Part<T>(IEnumerable<T> all, Func<T, string> name, int pageSize, string pageToken)
    {
        var page = Paging.OfAll(all, pageToken.Length == 0 ? null : pageToken, PageSize(pageSize), name, item => item);
        return (page.Items, page.Next ?? "");
    }

    /// <summary>What is wrong with a request as it stands.</summary>
    public static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.InvalidValue, message));
}
