namespace FlexCore.Domain.Circuits;

/// <summary>A node leaves a system alone for a while, for the steps that use it keep failing.</summary>
/// <param name="System">The system: <c>host:port</c>.</param>
/// <param name="Failures">How many attempts have failed in a row.</param>
/// <param name="CooldownMs">How long it is left alone, in milliseconds; then one attempt tries it, and each that fails prolongs it.</param>
/// <param name="RunId">The run of the last failure.</param>
/// <param name="Step">The step of the last failure.</param>
[EventType("CircuitOpened")]
public sealed record CircuitOpened(string System, int Failures, long CooldownMs, Guid RunId, string Step) : IDomainEvent;

/// <summary>A system that a node had left alone has answered.</summary>
/// <param name="System">The system: <c>host:port</c>.</param>
/// <param name="RunId">The run that has succeeded with it.</param>
/// <param name="Step">The step.</param>
[EventType("CircuitClosed")]
public sealed record CircuitClosed(string System, Guid RunId, string Step) : IDomainEvent;
