using System.Runtime.CompilerServices;
using FlexCore.Server.Grpc.Health;
using Google.Protobuf.Reflection;
using static FlexCore.Server.Grpc.Health.HealthCheckResponse.Types;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>grpc.health.v1.Health</c>: a service that is there serves until the server stops.</summary>
/// <param name="services">The full names of what is there.</param>
internal sealed class HealthCalls(IReadOnlySet<string> services)
{
    /// <summary>Makes the service; everybody may ask.</summary>
    public GrpcService Create() => new GrpcService(HealthReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Health"), isPublic: true)
        .One<HealthCheckRequest, HealthCheckResponse>("Check", (request, _) => Task.FromResult(new HealthCheckResponse
        {
            Status = IsThere(request) ? ServingStatus.Serving : throw new GrpcException(GrpcCode.NotFound, "there is no such service"),
        }))
        .Many<HealthCheckRequest, HealthCheckResponse>("Watch", (request, call) => WatchAsync(request, call.CancellationToken));

    private bool IsThere(HealthCheckRequest request) => request.Service.Length == 0 || services.Contains(request.Service);

    private async IAsyncEnumerable<HealthCheckResponse> WatchAsync(HealthCheckRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new HealthCheckResponse { Status = IsThere(request) ? ServingStatus.Serving : ServingStatus.ServiceUnknown };

        // It changes when the server stops, and then the call ends with UNAVAILABLE.
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
