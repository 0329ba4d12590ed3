import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

/** Browses the edge's own description of its API; nothing is fetched from anywhere else. */
SwaggerUI({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  // Swagger UI would otherwise send the description to validator.swagger.io.
  validatorUrl: null,
});
