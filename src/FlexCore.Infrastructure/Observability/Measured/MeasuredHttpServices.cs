using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>Services that steps ask, with how long each request takes.</summary>
internal sealed class MeasuredHttpServices(IHttpServices inner) : IHttpServices
{
    private static readonly MeasuredPort Port = new("http-services");

    public IHttpService Open(HttpAccess access) => new Service(inner.Open(access));

    private sealed class Service(IHttpService inner) : IHttpService
    {
        public Task<HttpReply> SendAsync(HttpAsk ask, CancellationToken cancellationToken) => Port.MeasureAsync("send", () => inner.SendAsync(ask, cancellationToken));

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
