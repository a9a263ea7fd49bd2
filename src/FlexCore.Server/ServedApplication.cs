using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;

namespace FlexCore.Server;

/// <summary>What a server makes reachable.</summary>
/// <param name="Bus">Takes every request.</param>
/// <param name="Tokens">Says who asks.</param>
/// <param name="Log">Tells when something has happened.</param>
/// <param name="Warn">Told of defects, without what the request said.</param>
public sealed record ServedApplication(MessageBus Bus, TokenAuthenticator Tokens, IEventLog Log, Action<string> Warn);
