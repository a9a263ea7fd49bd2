using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Client;
using FlexCore.Server.Access;
using FlexCore.Server.Edge;
using FlexCore.Server.Observability;
using FlexCore.Server.Repeating;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Rest;

/// <summary>What there is over HTTP beside gRPC: REST under <c>/api/v1</c>, its document, webhooks, health.</summary>
internal static class RestApi
{
    private const int MaxJsonDepth = 64;

    /// <summary>Says how bodies are read and written.</summary>
    public static void Configure(IServiceCollection services)
    {
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options => Read(options.SerializerOptions));
        services.AddResponseCompression(options => options.MimeTypes = ["application/json", "text/html"]);
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
    }

    /// <summary>Finds out what is asked for, and tells what goes wrong behind that.</summary>
    public static void Route(WebApplication application, ILogger log)
    {
        application.Use(next => context => Problems.CatchAsync(context, next, log));
        application.UseRouting();
    }

    /// <summary>Answers all requests that come to it.</summary>
    /// <param name="application">The server.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="authentication">Finds out who asks.</param>
    /// <param name="rates">Keeps count of what they ask.</param>
    /// <param name="kept">What was answered to requests that may be repeated.</param>
    /// <param name="metrics">What is told to Prometheus.</param>
    /// <param name="isLocal">Whether nobody but this machine can reach it.</param>
    /// <param name="log">Where defects are told of.</param>
    /// <param name="time">The clock.</param>
    public static void Use(WebApplication application, ServedApplication served, Authentication authentication, CallerRates rates, KeptAnswers kept, Metrics metrics, bool isLocal, ILogger log, TimeProvider time)
    {
        var repeated = new RepeatedRequests(kept);
        application.Use(next => context => authentication.InvokeAsync(context, next));
        application.Use(next => context => rates.InvokeAsync(context, next));
        application.UseResponseCompression();
        application.Use(next => context => repeated.InvokeAsync(context, inner => Problems.CatchAsync(inner, next, log)));
        Map(application, served, metrics, isLocal, time);
    }

    private static void Map(WebApplication application, ServedApplication served, Metrics metrics, bool isLocal, TimeProvider time)
    {
        var answers = new Answers(served.Bus);
        var api = application.MapGroup("/api/v1");
        PipelineEndpoints.Map(api, answers, time);
        RunEndpoints.Map(api, answers, new RunEventStream(answers, served.Log, time, application.Lifetime.ApplicationStopping), time, application.Lifetime.ApplicationStopping);
        EventEndpoints.Map(api, answers);
        CatalogEndpoints.Map(api, answers);
        OperationEndpoints.Map(api, answers, served.ProjectRoot, time);
        application.MapOpenApi("/openapi/{documentName}.json");
        application.MapPost("/hooks/{pipeline}", (RequestDelegate)(context => WebhookEndpoint.HandleAsync(context, served.Bus))).WithMetadata(new PublicEndpoint()).ExcludeFromDescription();
        var health = new Health(served.LookAsync, application.Lifetime.ApplicationStopping);
        application.MapGet("/health/live", (RequestDelegate)Health.WriteLiveAsync).WithMetadata(new PublicEndpoint(), new HealthEndpoint()).ExcludeFromDescription();
        application.MapGet("/health/ready", (RequestDelegate)health.WriteReadyAsync).WithMetadata(new PublicEndpoint(), new HealthEndpoint()).ExcludeFromDescription();
        application.MapGet("/health", (RequestDelegate)health.WriteAsync).WithMetadata(new HealthEndpoint()).ExcludeFromDescription();
        var scraped = application.MapGet("/metrics", (RequestDelegate)(context => metrics.WriteAsync(context, health))).WithMetadata(new HealthEndpoint()).ExcludeFromDescription();
        if (served.HasPublicMetrics || isLocal) scraped.WithMetadata(new PublicEndpoint());
    }

    private static void Read(JsonSerializerOptions options)
    {
        options.TypeInfoResolver = FlexCoreJson.Default;
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxJsonDepth;
    }
}
