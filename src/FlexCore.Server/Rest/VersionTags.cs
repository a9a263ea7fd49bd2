using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace FlexCore.Server.Rest;

/// <summary>Versions as entity tags (RFC 9110, 8.8.3): how many events a thing was folded from, or a hash of what it says.</summary>
internal static class VersionTags
{
    /// <inheritdoc cref="IsKnown(HttpContext, string)"/>
    public static bool IsKnown(HttpContext context, long version) => IsKnown(context, version.ToString(CultureInfo.InvariantCulture));

    /// <summary>Tags the answer; whether the caller has this version already, and is told so.</summary>
    public static bool IsKnown(HttpContext context, string version)
    {
        var tag = Tag(context, version);
        if (!context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))) return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    /// <summary>Tags the answer.</summary>
    public static EntityTagHeaderValue Tag(HttpContext context, string version)
    {
        var tag = new EntityTagHeaderValue($"\"{version}\"");
        context.Response.Headers.ETag = tag.ToString();
        return tag;
    }

    /// <summary>The version that the caller wants to change (<c>If-Match</c>); null where any may be.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">It is no version.</exception>
    public static long? Expected(HttpContext context) =>
        ExpectedText(context) is not { } text ? null : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : throw NoVersion();

    /// <inheritdoc cref="Expected"/>
    public static string? ExpectedText(HttpContext context)
    {
        var tags = context.Request.GetTypedHeaders().IfMatch;
        if (tags.Count == 0) return context.Request.Headers.IfMatch.Count == 0 ? null : throw Paging.Wrong("If-Match must be the ETag of what is to be changed");
        if (tags is [{ Tag.Value: "*" }]) return null;
        return tags is [{ IsWeak: false } only] ? only.Tag.Substring(1, only.Tag.Length - 2) : throw NoVersion();
    }

    private static Domain.Errors.FlexCoreException NoVersion() => Paging.Wrong("If-Match must be the one ETag of what is to be changed");
}
