using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Webhooks;

/// <summary>Makes <see cref="WebhookClient"/> available to a program.</summary>
public static class WebhookServices
{
    /// <summary>Adds a <see cref="WebhookClient"/> with the options of <c>FlexCore:Webhook</c>, or of <c>FlexCore:Webhook:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreWebhook(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<WebhookOptions>? configure = null) =>
        ClientRegistration.Add<WebhookClient, WebhookOptions>(services, configuration, "Webhook", name, configure, (called, options, loggers, time) => new WebhookClient(called, options, loggers, time));
}
