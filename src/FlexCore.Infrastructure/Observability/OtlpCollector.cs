using System.Reflection;
using FlexCore.Application.Settings;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace FlexCore.Infrastructure.Observability;

/// <summary>A collector that takes what this process tells, by OTLP (https://opentelemetry.io/docs/specs/otlp/).</summary>
internal sealed class OtlpCollector(TelemetrySettings settings, string instance)
{
    // A command that ends waits no longer for a collector that does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Who tells it.</summary>
    public ResourceBuilder Resource { get; } = ResourceBuilder.CreateEmpty().AddService("flexcore", serviceVersion: typeof(OtlpCollector).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, autoGenerateServiceInstanceId: false, serviceInstanceId: instance);

    /// <summary>Says how it is reached.</summary>
    /// <param name="options">Told of it. What headers it wants comes from the environment.</param>
    /// <param name="signal">traces or logs.</param>
    public void Describe(OtlpExporterOptions options, string signal)
    {
        var isGrpc = settings.Protocol == OtlpProtocol.Grpc;
        options.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = isGrpc ? settings.Address : new Uri($"{settings.Address.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        options.TimeoutMilliseconds = (int)Patience.TotalMilliseconds;
    }
}
