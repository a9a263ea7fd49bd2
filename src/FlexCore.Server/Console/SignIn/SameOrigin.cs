using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.SignIn;

/// <summary>Whether a page of this server has made a request, and not one of another host in the same browser.</summary>
internal static class SameOrigin
{
    /// <summary>Looks at what browsers add and scripts cannot change; a program that is no browser adds neither, and has nobody's cookies.</summary>
    public static bool Is(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ Length: > 0 } site]) return site is "same-origin" or "none";
        return request.Headers.Origin is not [{ Length: > 0 } origin] || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
