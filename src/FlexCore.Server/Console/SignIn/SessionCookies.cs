using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console.SignIn;

/// <summary>The cookie of whoever has signed in: scripts cannot read it, other sites cannot have it sent, and under TLS it is for this host alone.</summary>
internal sealed class SessionCookies(Sessions sessions, TimeProvider time)
{
    private const string PlainName = "flexcore-session";
    private const string SecureName = "__Host-flexcore-session";

    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromMinutes(1);

    /// <summary>Who has sent a request that changes nothing, by their session; null where nobody is signed in.</summary>
    /// <remarks>What changes something wants a token of a form too (<see cref="SessionText.FormToken"/>), or no cookie at all.</remarks>
    public async ValueTask<SignedIn?> FindAsync(HttpContext context)
    {
        if (context.Request.Cookies[NameFor(context)] is not { } shown || SessionText.Parse(shown) is not { } session) return null;
        return await sessions.FindAsync(session, context.RequestAborted) is { } caller ? new SignedIn(session, caller with { CorrelationId = context.Record().CorrelationId }) : null;
    }

    /// <summary>Has the browser keep it for as long as it may be idle.</summary>
    public static void Keep(HttpContext context, SessionText session) => context.Response.Cookies.Append(NameFor(context), session.ToString(), Options(context, Sessions.LongestIdleTime));

    /// <summary>Notes that the session was used, once a minute.</summary>
    public async Task RenewAsync(HttpContext context, SessionText session)
    {
        if (time.GetUtcNow() - session.UsedAt >= BetweenRenewals) Keep(context, await sessions.RenewAsync(session, context.RequestAborted));
    }

    /// <summary>Has the browser forget it.</summary>
    public static void Drop(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), Options(context, maxAge: null));

    /// <summary>Whether the browser speaks TLS.</summary>
    /// <remarks>A proxy with TLS before the server says so; who says so without one only spares their own cookie the plain wire.</remarks>
    public static bool IsSecure(HttpContext context) => context.Request.IsHttps || string.Equals(context.Request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase);

    private static string NameFor(HttpContext context) => IsSecure(context) ? SecureName : PlainName;

    private static CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = IsSecure(context), Path = "/", MaxAge = maxAge, IsEssential = true };
}

/// <summary>Somebody who has signed in.</summary>
/// <param name="Session">Their session.</param>
/// <param name="Caller">Who they are.</param>
internal sealed record SignedIn(SessionText Session, Caller Caller);
