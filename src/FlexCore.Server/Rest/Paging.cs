using System.Globalization;
using FlexCore.Client;
using FlexCore.Domain.Errors;

namespace FlexCore.Server.Rest;

/// <summary>Lists come in parts: <c>?after=</c> what the part before said is next, <c>&amp;limit=</c> how many.</summary>
internal static class Paging
{
    /// <summary>How many where nothing is said.</summary>
    public const int Usual = 50;

    /// <summary>How many at most.</summary>
    public const int Most = 1000;

    /// <summary>How many are wished for.</summary>
    /// <exception cref="FlexCoreException">So many cannot be had.</exception>
    public static int Limit(int? limit) => limit is null or (>= 1 and <= Most) ? limit ?? Usual : throw Wrong($"limit must be a number from 1 to {Most}");

    /// <summary>A position or count as a cursor; 0 where none is given.</summary>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public static long Number(string? after) =>
        after is null ? 0 : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong("after must be what `next` of another part of the list was");

    /// <summary>An id as a cursor; null where none is given.</summary>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public static Guid? Id(string? after) => after is null ? null : Guid.TryParseExact(after, "D", out var id) ? id : throw Wrong("after must be what `next` of another part of the list was");

    /// <summary>The part.</summary>
    /// <param name="items">What was found; one more than the limit where there is more.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="cursor">What comes after an item is found by it.</param>
    /// <param name="describe">Makes the documents.</param>
    public static Page<TDocument> Of<T, TDocument>(IReadOnlyList<T> items, int limit, Func<T, string> cursor, Func<T, TDocument> describe) =>
        new([.. items.Take(limit).Select(describe)], items.Count > limit ? cursor(items[limit - 1]) : null);

    /// <summary>A part of a short list that is there as a whole.</summary>
    public static Page<TDocument> OfAll<T, TDocument>(IEnumerable<T> items, string? after, int limit, Func<T, string> cursor, Func<T, TDocument> describe) =>
        Of([.. items.SkipWhile(item => after is not null && string.CompareOrdinal(cursor(item), after) <= 0).Take(limit + 1)], limit, cursor, describe);

    /// <summary>A part of a short list that is there as a whole, in an order of its own.</summary>
    public static Page<TDocument> OfRanked<T, TDocument>(IEnumerable<T> items, string? after, int limit, Func<T, string> cursor, Func<T, TDocument> describe) =>
        Of([.. items.SkipWhile(item => after is not null && cursor(item) != after).Skip(after is null ? 0 : 1).Take(limit + 1)], limit, cursor, describe);

    /// <summary>What is wrong with a request as it stands.</summary>
    public static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.InvalidValue, message));
}
