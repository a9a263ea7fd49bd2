using System.Diagnostics;
using FlexCore.Application.Settings;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Sends the spans of this process to a collector: of requests, of runs with their steps and plugins, and of what they ask of databases and other systems.</summary>
internal static class Traces
{
    private static readonly string[] Sources = ["FlexCore.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    /// <summary>Begins it; whoever disposes it waits until what has ended is sent.</summary>
    public static IDisposable Send(TelemetrySettings settings, OtlpCollector collector) => Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(collector.Resource)
        .AddSource(Sources)
        .SetSampler(new ParentBasedSampler(new WorthATrace(settings.Share)))
        .AddOtlpExporter(options => collector.Describe(options, "traces"))
        .Build();

    /// <summary>What a process reads, writes and hands on for nobody in particular, as a node that asks its queue again and again does, is no trace of its own.</summary>
    private sealed class WorthATrace(double share) : Sampler
    {
        private readonly TraceIdRatioBasedSampler _share = new(share);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            samplingParameters.Kind is ActivityKind.Server or ActivityKind.Internal ? _share.ShouldSample(samplingParameters) : new SamplingResult(SamplingDecision.Drop);
    }
}
