using System.Buffers.Text;
using System.Text;
using FlexCore.Server.Access.Oidc;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.SignIn;

/// <summary>The cookie of whoever has gone to the identity provider: who comes back from there comes from another site, so that it cannot be as strict as that of sessions.</summary>
internal static class AttemptCookies
{
    private const string PlainName = "flexcore-sign-in";
    private const string SecureName = "__Host-flexcore-sign-in";
    private const int LongestPath = 1_000;

    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(10);

    /// <summary>Has the browser keep it until they come back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="attempt">That they go.</param>
    /// <param name="to">Where they want to be then.</param>
    public static void Keep(HttpContext context, SignInAttempt attempt, string to) =>
        context.Response.Cookies.Append(NameFor(context), $"{attempt.Secret}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(to.Length <= LongestPath ? to : "/"))}", Options(context, LongestTime));

    /// <summary>That they went, and where they wanted to be; it is known once.</summary>
    public static (SignInAttempt? Attempt, string To) Take(HttpContext context)
    {
        if (context.Request.Cookies[NameFor(context)]?.Split('.') is not [{ Length: > 0 } secret, var to] || !Base64Url.IsValid(to)) return (null, "/");
        context.Response.Cookies.Delete(NameFor(context), Options(context, maxAge: null));
        return (new SignInAttempt(secret), Site.LocalPath(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(to))));
    }

    private static string NameFor(HttpContext context) => SessionCookies.IsSecure(context) ? SecureName : PlainName;

    private static CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = SessionCookies.IsSecure(context), Path = "/", MaxAge = maxAge, IsEssential = true };
}
