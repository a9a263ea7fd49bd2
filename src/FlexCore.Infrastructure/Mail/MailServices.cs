using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Mail;

/// <summary>Makes <see cref="MailClient"/> available to a program.</summary>
public static class MailServices
{
    /// <summary>Adds a <see cref="MailClient"/> with the options of <c>FlexCore:Mail</c>, or of <c>FlexCore:Mail:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreMail(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<MailOptions>? configure = null) =>
        ClientRegistration.Add<MailClient, MailOptions>(services, configuration, "Mail", name, configure, (called, options, loggers, time) => new MailClient(called, options, loggers, time));
}
