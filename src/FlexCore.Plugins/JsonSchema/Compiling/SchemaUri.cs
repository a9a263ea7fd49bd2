using System.Buffers;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>
/// Resolves references as RFC 3986 has it. Of our own, for .NET's Uri rewrites what it reads: two spellings that a schema keeps
/// apart must stay apart, and a URN must keep its form.
/// </summary>
internal static class SchemaUri
{
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The target of a reference, with its fragment.</summary>
    public static string Resolve(string @base, string reference)
    {
        if (HasScheme(reference)) return reference;
        var (baseUri, _) = SplitFragment(@base);
        if (reference.Length == 0 || reference[0] == '#') return baseUri + reference;
        var schemeEnd = HasScheme(baseUri) ? baseUri.IndexOf(':', StringComparison.Ordinal) + 1 : 0;
        if (reference.StartsWith("//", StringComparison.Ordinal)) return baseUri[..schemeEnd] + reference;
        var pathStart = PathStart(baseUri, schemeEnd);
        var pathEnd = baseUri.IndexOf('?', pathStart) is >= 0 and var query ? query : baseUri.Length;
        if (reference[0] == '?') return baseUri[..pathEnd] + reference;
        var end = reference.AsSpan().IndexOfAny('?', '#') is >= 0 and var tail ? tail : reference.Length;
        var path = reference[..end];
        if (path[0] != '/')
        {
            var folder = baseUri[pathStart..pathEnd];
            var isBareHost = folder.Length == 0 && pathStart > schemeEnd;
            path = isBareHost ? "/" + path : folder[..(folder.LastIndexOf('/') + 1)] + path;
        }

        return baseUri[..pathStart] + RemoveDots(path) + reference[end..];
    }

    /// <summary>The URI, and the fragment without its '#'.</summary>
    public static (string Uri, string Fragment) SplitFragment(string uri)
    {
        var at = uri.IndexOf('#', StringComparison.Ordinal);
        return at < 0 ? (uri, "") : (uri[..at], uri[(at + 1)..]);
    }

    private static int PathStart(string uri, int schemeEnd)
    {
        if (!uri.AsSpan(schemeEnd).StartsWith("//", StringComparison.Ordinal)) return schemeEnd;
        var length = uri.AsSpan(schemeEnd + 2).IndexOfAny('/', '?');
        return length < 0 ? uri.Length : schemeEnd + 2 + length;
    }

    private static bool HasScheme(string uri)
    {
        var end = uri.IndexOf(':', StringComparison.Ordinal);
        return end > 0 && char.IsAsciiLetter(uri[0]) && uri.AsSpan(0, end).IndexOfAnyExcept(SchemeCharacters) < 0;
    }

    private static string RemoveDots(string path)
    {
        if (!path.Contains("./", StringComparison.Ordinal) && !path.EndsWith('.')) return path;
        var parts = path.Split('/');
        var kept = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            var isLast = i == parts.Length - 1;
            if (parts[i] == "..")
            {
                // The empty part before the first '/' stays.
                if (kept.Count > 1) kept.RemoveAt(kept.Count - 1);
                if (isLast) kept.Add("");
            }
            else if (parts[i] == ".")
            {
                if (isLast) kept.Add("");
            }
            else
            {
                kept.Add(parts[i]);
            }
        }

        return string.Join('/', kept);
    }
}
