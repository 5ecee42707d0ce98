// Drives one session with ocpp-rpc in strict mode: it checks every message, both ways, against the schemas of OCPP 1.6.
// node session.mjs ENDPOINT IDENTITY PASSWORD IDTAG START STOP
import { RPCClient } from "ocpp-rpc";

const [endpoint, identity, password, idTag, start, stop] = process.argv.slice(2);
const client = new RPCClient({ endpoint, identity, password, protocols: ["ocpp1.6"], strictMode: true, reconnect: false });
client.on("strictValidationFailure", ({ error }) => {
  console.error(error);
  process.exit(2);
});
const between = (share) => new Date(Date.parse(start) + (Date.parse(stop) - Date.parse(start)) * share).toISOString();

await client.connect();
const answers = {};
answers.boot = await client.call("BootNotification", { chargePointVendor: "Third", chargePointModel: "Party" });
await client.call("StatusNotification", { connectorId: 1, status: "Preparing", errorCode: "NoError" });
answers.authorize = await client.call("Authorize", { idTag });
const begin = { connectorId: 1, idTag, meterStart: 1200, timestamp: start };
answers.start = await client.call("StartTransaction", begin);
answers.startAgain = await client.call("StartTransaction", begin);
const { transactionId } = answers.start;
await client.call("StatusNotification", { connectorId: 1, status: "Charging", errorCode: "NoError" });
for (const [share, value] of [[0.25, "6200"], [0.5, "11200"], [0.75, "16200"]]) {
  const meterValue = [{ timestamp: between(share), sampledValue: [{ value, measurand: "Energy.Active.Import.Register", unit: "Wh" }, { value: "10000", measurand: "Power.Active.Import", unit: "W" }] }];
  await client.call("MeterValues", { connectorId: 1, transactionId, meterValue });
  await client.call("MeterValues", { connectorId: 1, transactionId, meterValue });
}
const end = { transactionId, idTag, meterStop: 21234, timestamp: stop, reason: "Local" };
answers.stop = await client.call("StopTransaction", end);
answers.stopAgain = await client.call("StopTransaction", end);
answers.heartbeat = await client.call("Heartbeat", {});
await client.close();
console.log(JSON.stringify(answers));
