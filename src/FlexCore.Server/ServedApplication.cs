using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server;

/// <summary>What a server makes reachable.</summary>
/// <param name="Bus">Takes every request.</param>
/// <param name="Tokens">Says who asks.</param>
/// <param name="Log">Tells when something has happened.</param>
/// <param name="Logs">Where requests and defects are told of, without what the requests said.</param>
public sealed record ServedApplication(MessageBus Bus, TokenAuthenticator Tokens, IEventLog Log, ILoggerProvider Logs);
