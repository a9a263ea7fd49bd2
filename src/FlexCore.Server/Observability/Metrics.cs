using System.Diagnostics.Metrics;
using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FlexCore.Server.Observability;

/// <summary>What this process has counted and measured, for Prometheus.</summary>
internal sealed class Metrics : IDisposable
{
    // Of the base libraries: each tells what it does in the terms of OpenTelemetry's conventions.
    private static readonly string[] Meters = ["System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql"];

    // Labels that users choose, as pipelines and record streams, must not fill the memory.
    private const int MostSeries = 10_000;

    // What a scrape waits for, and no longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly PrometheusText _text = new();
    private readonly Meter _meter = new("FlexCore.Node");
    private readonly Gauge<long> _waiting;
    private readonly ServedApplication _served;
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;

    /// <summary>Begins to count.</summary>
    public Metrics(ServedApplication served)
    {
        _served = served;
        _waiting = _meter.CreateGauge<long>("queue_waiting_runs", "{run}", "Runs of the project that wait for a node.");
        _reader = new BaseExportingMetricReader(_text) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("flexcore", serviceVersion: served.Version, serviceInstanceId: served.NodeName))
            .AddMeter([.. Meters, "FlexCore.*"])
            .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostSeries })
            .AddReader(_reader)
            .Build();
    }

    /// <summary>Answers with all of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="health">What is looked at for it.</param>
    public async Task WriteAsync(HttpContext context, Health health)
    {
        // They name pipelines of all kinds. Where everybody may ask, nobody is asked who they are.
        if (context.Features.Get<Caller>() is { Scope: { } scope } caller)
        {
            var denied = await AuthorizeRequests.DenyAsync(_served.Log, caller, "ReadMetrics", Permission.Look, RoleAndScopePolicy.OutOf(scope), context.RequestAborted);
            await Problems.WriteAsync(context, [denied]);
            return;
        }

        await health.RefreshAsync(context.RequestAborted);
        await CountWaitingAsync(context.RequestAborted);
        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(Read(), context.RequestAborted);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    // Only when somebody asks: a node that rests does not count.
    private async Task CountWaitingAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            _waiting.Record(await _served.CountWaiting(limit.Token));
        }
        catch (Exception e) when (e is FlexCoreException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Without its database a node still tells what it knows; what was counted last stays.
        }
    }

    private string Read()
    {
        lock (_lock)
        {
            _reader.Collect();
            return _text.Text;
        }
    }
}
