using System.Text.Json.Serialization.Metadata;

namespace FlexCore.EventStore;

/// <summary>How the events of a stream become a state.</summary>
/// <typeparam name="TState">The state: an immutable value.</typeparam>
/// <param name="Name">Names the fold and its form, for example <c>order/2</c>. Give it another name whenever <paramref name="Apply"/> or the members of the state change.</param>
/// <param name="Empty">The state of a stream without events.</param>
/// <param name="Apply">Adds one event.</param>
/// <param name="Json">The serialiser of the state.</param>
public sealed record StateShape<TState>(string Name, TState Empty, Func<TState, RecordedEvent, TState> Apply, JsonTypeInfo<TState> Json);
