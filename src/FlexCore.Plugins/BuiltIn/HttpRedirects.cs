using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Follows redirections: within the server as they are, to another one only where it is named, and there without credentials and headers.</summary>
internal sealed class HttpRedirects(HttpSettings settings, IHttpServices services) : IAsyncDisposable
{
    private const int Most = 5;

    private readonly IHttpService _service = services.Open(settings.Access);

    /// <summary>Asks, and goes where the answer sends it, if that is a redirection and nothing else than reading was asked.</summary>
    /// <exception cref="FlexCoreException">It leads where it must not.</exception>
    public async Task<HttpReply> SendAsync(HttpAsk ask, CancellationToken cancellationToken)
    {
        var at = new Uri(settings.Origin, ask.Target);
        var reply = await _service.SendAsync(ask, cancellationToken);
        for (var count = 0; reply is { Status: 301 or 302 or 303 or 307 or 308, Location: { } location } && ask.Method is "GET" or "HEAD" && !settings.Expect.Contains(reply.Status); count++)
        {
            if (count == Most) throw StepData.Invalid($"{settings.Origin.Authority} leads from one address to the next more than {Most} times");
            at = new Uri(at, location);
            reply = await FollowAsync(at, ask with { Target = at.PathAndQuery }, cancellationToken);
        }

        return reply;
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task<HttpReply> FollowAsync(Uri at, HttpAsk ask, CancellationToken cancellationToken)
    {
        if (at.GetLeftPart(UriPartial.Authority) == settings.Origin.GetLeftPart(UriPartial.Authority)) return await _service.SendAsync(ask, cancellationToken);
        var destination = $"{at.IdnHost}:{at.Port}";
        if (at.Scheme is not ("http" or "https") || (settings.Origin.Scheme == "https" && at.Scheme == "http") || !settings.Redirects.Contains(destination, StringComparer.OrdinalIgnoreCase))
            throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"{settings.Origin.Authority} leads to another server, {at.GetLeftPart(UriPartial.Authority)}; it is followed there, without credentials and headers, if `redirects` names {destination} and it is no less secure"));
        await using var other = services.Open(settings.Access with { Origin = new Uri(at.GetLeftPart(UriPartial.Authority)), Credentials = null });
        return await other.SendAsync(new HttpAsk(ask.Method, ask.Target), cancellationToken);
    }
}
