using System.Text.Json.Serialization;
using FlexCore.EventStore.Projections;

namespace FlexCore.EventStore.Tests.Erasure;

/// <summary>An event with personal data.</summary>
public sealed record CustomerMoved(string Name, string Street);

[JsonSerializable(typeof(CustomerMoved))]
[JsonSerializable(typeof(string))]
internal sealed partial class CustomerJson : JsonSerializerContext;

/// <summary>Who lives where: a view made of revealed data.</summary>
internal sealed class Customers(PersonalData personalData) : Projection("customers", version: 1, "customers")
{
    public static EventTypes Types { get; } = new EventTypes().Add("CustomerMoved", typeof(CustomerMoved), () => CustomerJson.Default.CustomerMoved);

    /// <summary>Folds a stream into the street where its customer lives.</summary>
    public static StateShape<string> Street { get; } = new("street/1", "", (_, recorded) => Say(recorded), CustomerJson.Default.String);

    public override LogFilter Filter { get; } = new(Category: "customer");

    public static string Say(RecordedEvent recorded) => Types.Decode(recorded) switch
    {
        CustomerMoved moved => moved.Street,
        ErasedEvent => "(erased)",
        ProtectedEvent => "(protected)",
        _ => throw new InvalidOperationException(recorded.Type),
    };

    public override async ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken) =>
        await views.ExecuteAsync($"CREATE TABLE {views.Table("customers")} (stream text PRIMARY KEY, street text NOT NULL)", cancellationToken);

    public override async ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken)
    {
        foreach (var recorded in await personalData.RevealAsync(events, cancellationToken))
        {
            await views.ExecuteAsync(
                $"INSERT INTO {views.Table("customers")} (stream, street) VALUES (@stream, @street) ON CONFLICT (stream) DO UPDATE SET street = excluded.street",
                cancellationToken,
                ("stream", recorded.StreamId), ("street", Say(recorded)));
        }
    }
}
