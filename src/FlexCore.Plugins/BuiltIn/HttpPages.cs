using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>The way from one page of an answer to the next.</summary>
internal sealed partial class HttpPages(HttpPagesSetting settings, Uri origin)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private long _number = settings.First;

    private bool IsCounted => settings.Next is "page" or "offset";

    /// <summary>The first page.</summary>
    public string First(string target) => Note(IsCounted ? With(target, _number) : target);

    /// <summary>The items of a page.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">There is no list of them.</exception>
    public IReadOnlyList<JsonElement> ItemsOf(JsonElement body) => JsonPointers.Find(body, settings.Items) is { ValueKind: JsonValueKind.Array } items
        ? [.. items.EnumerateArray()]
        : throw StepData.Invalid($"page {_asked.Count} has no list of items at '{settings.Items}'");

    /// <summary>The page after one; null where that was the last.</summary>
    /// <param name="target">The page that was asked for.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="body">What it says.</param>
    /// <param name="count">How many items it has.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">It leads to another server, in a circle, or on for too long.</exception>
    public string? Next(string target, HttpReply reply, JsonElement body, int count)
    {
        var next = settings.Next switch
        {
            "link" => (settings.At is { } at ? Text(body, at) : reply.Links.Select(FindNext).FirstOrDefault(link => link is not null)) is { Length: > 0 } link ? Follow(target, link) : null,
            "cursor" => Text(body, settings.At!) is { Length: > 0 } cursor ? HttpTarget.With(target, settings.Parameter!, cursor) : null,
            _ when count == 0 || count < settings.Size => null,
            "page" => With(target, ++_number),
            _ => With(target, _number += settings.Size!.Value),
        };
        if (next is not null && _asked.Count >= settings.Most) throw StepData.Invalid($"there are more than {settings.Most} pages (`most`)");
        return next is null ? null : Note(next);
    }

    private string With(string target, long number) => HttpTarget.With(target, settings.Parameter!, number.ToString(CultureInfo.InvariantCulture));

    private string Follow(string target, string link)
    {
        if (!Uri.TryCreate(new Uri(origin, target), link, out var next)) throw StepData.Invalid("the next page has no usable address");
        if (next.GetLeftPart(UriPartial.Authority) != origin.GetLeftPart(UriPartial.Authority)) throw StepData.Invalid($"the next page is at another server, {next.Authority}");
        return next.PathAndQuery;
    }

    private string Note(string target) => _asked.Add(target) ? target : throw StepData.Invalid($"page {_asked.Count} leads back to one that was there before");

    private static string? Text(JsonElement body, string pointer) => JsonPointers.Find(body, pointer) is { } value ? HttpTarget.TextOf(value) : null;

    private static string? FindNext(string header)
    {
        foreach (Match link in Link().Matches(header))
        {
            if (Relation().Match(link.Groups["parameters"].Value) is { Success: true } relation && relation.Groups["types"].Value.Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase)) return link.Groups["address"].Value;
        }

        return null;
    }

    // RFC 8288, section 3: <address>; name=value; name="value", <address>…
    [GeneratedRegex(@"<(?<address>[^<>]*)>(?<parameters>(\s*;\s*[\w*!#$&+.^`|~-]+(\s*=\s*(""[^""]*""|[^\s"";,]*))?)*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@";\s*rel\s*=\s*(""(?<types>[^""]*)""|(?<types>[^\s"";,]+))", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Relation();
}
